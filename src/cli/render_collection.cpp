// SPDX-License-Identifier: Apache-2.0
#include "cli/render.hpp"
#include "mlrepro/format/number_text.hpp"

namespace mlrepro::cli {
namespace {

using format::counted;
using format::human_bytes;

// What happens to packs, as far as anything does.
std::string packs_line(const model::Collection& collection)
{
  std::string out;
  const auto add = [&](std::uint64_t packs, const std::string& what) {
    if (packs > 0) {
      out += (out.empty() ? "" : ", ") + counted(packs, "pack") + " " + what;
    }
  };
  add(collection.packs_removed, "removed");
  add(collection.packs_rewritten, "written anew");
  add(collection.packs_skipped, "skipped");
  add(collection.rescued, "brought back from the trash");
  return out.empty() ? "" : "  " + out + "\n";
}

std::string trash_line(const model::Collection& collection)
{
  if (collection.trash_bytes == 0 && collection.emptied_bytes == 0) {
    return "";
  }
  std::string out = "  trash: ";
  if (collection.emptied_bytes > 0) {
    out += human_bytes(collection.emptied_bytes) + " emptied, ";
  }
  return out + human_bytes(collection.trash_bytes) + " kept\n";
}

}  // namespace

std::string render_collection(const model::Collection& collection, Style style)
{
  std::string out;
  if (collection.objects == 0 && collection.bytes == 0) {
    out = "nothing to collect: " + human_bytes(collection.needed_bytes) + " needed\n";
  } else {
    out = counted(collection.objects, "object") + ", " + human_bytes(collection.bytes) +
          (collection.applied ? " removed" : " would go") + "; " +
          human_bytes(collection.needed_bytes) + " needed\n";
    TextTable table({"objects", "stored", "why"}, {Align::right, Align::right, Align::left});
    for (const model::Leftover& leftover : collection.leftovers) {
      table.add({std::to_string(leftover.objects), human_bytes(leftover.bytes), leftover.reason});
    }
    out += table.render(style);
  }
  if (collection.left_bytes > 0) {
    out += "  " + human_bytes(collection.left_bytes) +
           " unneeded stays in packs that are mostly needed\n";
  }
  if (collection.linked_bytes > 0) {
    out += "  " + human_bytes(collection.linked_bytes) +
           " of files to link to that no restored file shares\n";
  }
  out += packs_line(collection) + trash_line(collection);
  if (!collection.applied &&
      (collection.bytes > 0 || collection.emptied_bytes > 0 || collection.linked_bytes > 0)) {
    out += "nothing is changed yet: 'mlrepro gc --apply' does it\n";
  } else if (collection.applied && collection.freed_bytes > 0) {
    out += human_bytes(collection.freed_bytes) + " freed\n";
  }
  return out;
}

}  // namespace mlrepro::cli
