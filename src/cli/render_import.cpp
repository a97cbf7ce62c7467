// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "cli/import_mlflow.hpp"
#include "mlrepro/format/number_text.hpp"

namespace mlrepro::cli {
namespace {

using format::counted;
using format::human_bytes;

constexpr std::size_t k_shown = 10;  // of each kind

void add_row(TextTable& table, const std::string& what, const model::MlflowImport::Tally& tally)
{
  if (tally.added + tally.changed + tally.unchanged > 0) {
    table.add({what, std::to_string(tally.added), std::to_string(tally.changed),
               std::to_string(tally.unchanged)});
  }
}

// By kind: each with its number, and the first ones with their places.
std::string render_troubles(const std::vector<model::ImportTrouble>& troubles,
                            const std::string& title, Tone tone, Style style)
{
  std::map<std::string, std::vector<const model::ImportTrouble*>> kinds;
  for (const model::ImportTrouble& trouble : troubles) {
    kinds[trouble.kind].push_back(&trouble);
  }
  std::string out;
  for (const auto& [kind, list] : kinds) {
    out += paint(title, tone, style) + " " + std::to_string(list.size()) + " of kind '" +
           printable(kind) + "'\n";
    for (std::size_t i = 0; i < std::min(list.size(), k_shown); ++i) {
      out += "  " + printable(list[i]->where) + ": " + printable(list[i]->why) + "\n";
    }
    if (list.size() > k_shown) {
      out += "  and " + std::to_string(list.size() - k_shown) + " more, which --json lists\n";
    }
  }
  return out;
}

}  // namespace

std::string render_import(const model::MlflowImport& import, Style style)
{
  TextTable table(
      {import.dry_run ? "would be imported" : "imported", "new", "changed", "unchanged"},
      {Align::left, Align::right, Align::right, Align::right});
  add_row(table, "experiments", import.experiments);
  add_row(table, "runs", import.runs);
  add_row(table, "logged models", import.models);
  add_row(table, "registered models", import.registered_models);
  std::string out = table.empty() ? "there is nothing in it\n" : table.render(style);
  if (import.artifacts > 0) {
    out += counted(import.artifacts, "artifact") + ", " + human_bytes(import.artifact_bytes);
    out += import.dry_run ? "\n" : "; the store grew by " + human_bytes(import.new_bytes) + "\n";
  }
  if (import.running > 0) {
    out +=
        counted(import.running, "run") + " had not ended there: repeat the import when they have\n";
  }
  out += render_troubles(import.lost, "lost:", Tone::bad, style);
  out += render_troubles(import.left_out, "otherwise:", Tone::warning, style);
  for (const auto& [kind, count] : import.others) {
    out += paint("left out:", Tone::warning, style) + " " + std::to_string(count) + " of kind '" +
           printable(kind) + "'\n";
  }
  return out;
}

}  // namespace mlrepro::cli
