// SPDX-License-Identifier: Apache-2.0
#include "cli/render.hpp"
#include "mlrepro/format/number_text.hpp"

namespace mlrepro::cli {
namespace {

using format::counted;
using format::human_bytes;

constexpr std::size_t k_shown_runs = 20;

void add_part(std::string& text, std::uint64_t count, const std::string& singular)
{
  if (count > 0) {
    text += (text.empty() ? "" : ", ") + counted(count, singular);
  }
}

std::string what_went(const model::Exchange& exchange)
{
  std::string text;
  add_part(text, exchange.runs.size(), "run");
  add_part(text, exchange.snapshots, "snapshot");
  if (exchange.forgotten > 0) {
    text += (text.empty() ? "" : ", ") + std::string("what was forgotten of ") +
            counted(exchange.forgotten, "file");
  }
  return text;
}

}  // namespace

std::string render_exchange(const model::Exchange& exchange, const std::string& verb, Style style)
{
  std::string out;
  const std::string what = what_went(exchange);
  if (what.empty() && exchange.records == 0) {
    out = "nothing new\n";
  } else {
    out = (what.empty() ? "content" : what) + (exchange.dry_run ? " would be " : " ") + verb +
          "; " + counted(exchange.records, "record") + ", " + human_bytes(exchange.bytes) + "\n";
  }
  for (std::size_t i = 0; i < std::min(exchange.runs.size(), k_shown_runs); ++i) {
    out += "  " + paint(printable(exchange.runs[i].name), Tone::accent, style) +
           (exchange.runs[i].is_new ? "" : "  (more of it)") + "\n";
  }
  if (exchange.runs.size() > k_shown_runs) {
    out += "  and " + std::to_string(exchange.runs.size() - k_shown_runs) + " more\n";
  }
  for (const model::LeftOut& item : exchange.running) {
    out += "  left out: " + printable(item.name) + ", which still runs\n";
  }
  for (const model::LeftOut& item : exchange.incomplete) {
    out += paint("left out:", Tone::bad, style) + " " + printable(item.name) + ": " +
           printable(item.reason) + "\n";
  }
  return out;
}

}  // namespace mlrepro::cli
