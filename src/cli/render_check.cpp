// SPDX-License-Identifier: Apache-2.0
#include "cli/render_check.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "cli/render.hpp"
#include "cli/render_row_diff.hpp"
#include "mlrepro/format/number_text.hpp"

namespace mlrepro::cli {
namespace {

using Verdict = model::SourceCheck::Verdict;

Tone tone_of(Verdict verdict)
{
  switch (verdict) {
    case Verdict::same:
    case Verdict::within_rules:
      return Tone::good;
    case Verdict::differs:
      return Tone::warning;
    default:
      return Tone::bad;
  }
}

std::string verdict_text(const model::SourceCheck& check)
{
  const std::string now = check.rows_now ? format::counted(*check.rows_now, "row") : "";
  const std::string these = check.rows_now == std::uint64_t{1} ? "this " : "these ";
  switch (check.verdict) {
    case Verdict::same:
      return "same: the query still returns " + these + now;
    case Verdict::differs:
      if (!check.has_other_rows() && check.added.empty() && check.removed.empty()) {
        return "differs: the query still returns " + these + now + ", in columns of other types";
      }
      return "differs: the query now returns " + now;
    case Verdict::within_rules:
      return "within the rules: the query now returns " + now + ", and no limit is exceeded";
    case Verdict::unreachable:
      return "unreachable: " + check.reason;
    case Verdict::refused:
      return "refused: " + check.reason;
  }
  return "";
}

std::string type_of(const model::QueryColumn& column)
{
  return column.source_type.empty() ? column.type : column.source_type;
}

std::string role_of(const model::QueryColumn& column)
{
  return column.role ? std::string(model::to_string(*column.role)) : "";
}

// In the words of PostgreSQL, and of other databases.
bool is_about_credentials(const std::string& reason)
{
  constexpr std::array<std::string_view, 5> k_words = {"password", "authentication", "role \"",
                                                       "ogin failed", "ccess denied"};
  return std::any_of(k_words.begin(), k_words.end(),
                     [&](std::string_view word) { return reason.find(word) != std::string::npos; });
}

std::string render_columns(const model::SourceCheck& check, Style style)
{
  TextTable table({"column", "change", "then", "now", "role"});
  for (const model::QueryColumn& column : check.removed) {
    table.add({Cell(column.name, Tone::strong), Cell("removed", Tone::bad), type_of(column), "",
               role_of(column)});
  }
  for (const model::QueryColumn& column : check.added) {
    table.add(
        {Cell(column.name, Tone::strong), Cell("added", Tone::good), "", type_of(column), ""});
  }
  for (const model::RetypedColumn& column : check.retyped) {
    const bool stored = type_of(column.then) == type_of(column.now);
    table.add({Cell(column.then.name, Tone::strong), Cell("retyped", Tone::warning),
               stored ? column.then.type : type_of(column.then),
               stored ? column.now.type : type_of(column.now), role_of(column.then)});
  }
  return table.empty() ? "" : "\n" + table.render(style);
}

}  // namespace

std::string render_check(const model::SourceCheck& check, Bars bars, Style style)
{
  const model::Snapshot& snapshot = check.snapshot;
  const std::uint64_t rows = snapshot.result ? snapshot.result->rows : 0;
  std::string out =
      paint(printable(snapshot.name.empty() ? snapshot.path : snapshot.name), Tone::strong, style) +
      "  " + short_id(snapshot.id) + "  " + minutes_text(snapshot.created_at) + "  " +
      format::counted(rows, "row") + " from " + printable(snapshot.source_uri.value_or("")) + "\n";
  if (!check.uri.empty() && check.uri != snapshot.source_uri) {
    out += "asked now: " + printable(check.uri) + "\n";
  }
  if (snapshot.result && !check.product.empty() && check.product != snapshot.result->product) {
    out +=
        "then " + printable(snapshot.result->product) + ", now " + printable(check.product) + "\n";
  }
  out += paint(printable(verdict_text(check)), tone_of(check.verdict), style) + "\n";
  if (check.verdict == Verdict::unreachable && is_about_credentials(check.reason)) {
    out +=
        "  no credentials are on record: give them by --from env:NAME, or by what the database's "
        "library reads (PGUSER, PGPASSFILE, odbc.ini)\n";
  }
  out += render_columns(check, style);
  if (check.rows && !check.rows->same) {
    out += "\n" + render_row_diff(*check.rows, style);
  }
  if (check.drift) {
    out += "\n" + render_drift({*check.drift}, bars, style);
  }
  return out;
}

}  // namespace mlrepro::cli
