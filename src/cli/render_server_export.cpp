// SPDX-License-Identifier: Apache-2.0
#include "cli/render_server_export.hpp"

#include <utility>

#include "mlrepro/format/number_text.hpp"

namespace mlrepro::cli {
namespace {

using format::counted;
using State = model::ServerExport::State;

// More are in the JSON document.
constexpr std::size_t k_shown_lines = 20;

std::string what_was_sent(const model::ServerExport::Run& run)
{
  std::string text;
  for (const auto& [count, what] :
       {std::pair(run.params, "parameter"), std::pair(run.points, "point"),
        std::pair(run.tags, "tag"), std::pair(run.datasets, "dataset"),
        std::pair(run.models, "model"), std::pair(run.files, "file")}) {
    if (count > 0) {
      text += (text.empty() ? "" : ", ") + counted(count, what);
    }
  }
  return text + (run.bytes > 0 ? " (" + format::human_bytes(run.bytes) + ")" : "");
}

std::string word_of(const model::ServerExport::Run& run, bool dry_run, Style style)
{
  switch (run.state) {
    case State::made:
      return paint(dry_run ? "new" : "made", Tone::good, style);
    case State::completed:
      return paint(dry_run ? "lacks something" : "completed", Tone::good, style);
    case State::unchanged:
      return paint("there already", Tone::faint, style);
    case State::incomplete:
      break;
  }
  return paint("incomplete", Tone::bad, style);
}

void add_lines(std::string& out, const std::vector<std::string>& lines, const std::string& mark)
{
  for (std::size_t i = 0; i < std::min(lines.size(), k_shown_lines); ++i) {
    out += "    " + mark + printable(lines[i]) + "\n";
  }
  if (lines.size() > k_shown_lines) {
    out += "    and " + std::to_string(lines.size() - k_shown_lines) + " more (--json has them)\n";
  }
}

}  // namespace

std::string render_server_export(const model::ServerExport& result, Style style)
{
  std::string out;
  std::uint64_t unchanged = 0;
  for (const model::ServerExport::Run& run : result.runs) {
    if (run.state == State::unchanged) {
      ++unchanged;
      continue;
    }
    const std::string sent = what_was_sent(run);
    out += paint(printable(run.name), Tone::accent, style) + "  " +
           word_of(run, result.dry_run, style) + (sent.empty() ? "" : "  " + sent) + "\n";
    add_lines(out, run.notes, "note: ");
    add_lines(out, run.differences, paint("not there as here:", Tone::bad, style) + " ");
  }
  const std::uint64_t rest = result.runs.size() - unchanged;
  if (unchanged > 0) {
    out += counted(unchanged, "run") + (rest > 0 ? " more" : "") +
           (unchanged == 1 ? " is" : " are") + " there already, as here\n";
  }
  return out;
}

}  // namespace mlrepro::cli
