// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <numeric>
#include <string_view>

#include "cli/joined.hpp"
#include "cli/lines_below.hpp"
#include "cli/render.hpp"
#include "cli/render_tables.hpp"
#include "cli/shortened.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/plan/drift.hpp"

namespace mlrepro::cli {
namespace {

constexpr std::size_t k_cells = 12;
constexpr std::size_t k_shown_values = 3;
constexpr std::size_t k_value_columns = 20;

std::string percent(double share)
{
  const double shown = share * 100;
  if (shown > 0 && shown < 0.1) {
    return "<0.1 %";
  }
  std::array<char, 40> buffer{};
  const int length = std::snprintf(buffer.data(), buffer.size(), "%.3g %%", shown);
  return {buffer.data(), static_cast<std::size_t>(length)};
}

std::string share_text(std::uint64_t part, std::uint64_t all)
{
  return part == 0 || all == 0 ? "" : percent(static_cast<double>(part) / static_cast<double>(all));
}

std::string distinct_text(const model::CountEstimate& distinct)
{
  return (distinct.exact() ? "" : "~") + std::to_string(distinct.value);
}

std::string shortened_value(const std::string& value)
{
  std::string text = printable(value);
  if (display_width(text) <= k_value_columns) {
    return text;
  }
  while (display_width(text) > k_value_columns - 1) {
    text.pop_back();
    while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0U) == 0x80U) {
      text.pop_back();
    }
  }
  return text + "~";
}

// Whole numbers to the last digit, and no negative zero.
std::string range_number(double value)
{
  constexpr double k_most = 1e15;
  if (value != std::trunc(value) || std::fabs(value) >= k_most) {
    return short_number(value);
  }
  return std::to_string(static_cast<std::int64_t>(value));
}

std::string range_text(const model::ColumnProfile& column)
{
  if (column.kind == model::ColumnClass::time && !column.first.empty()) {
    return column.first == column.last ? column.first : column.first + " to " + column.last;
  }
  const auto span = [](const model::NumberSummary& summary) {
    return summary.min == summary.max
               ? range_number(summary.min)
               : range_number(summary.min) + " to " + range_number(summary.max);
  };
  if (column.numbers) {
    return span(*column.numbers);
  }
  if (!column.lengths) {
    return "";
  }
  return column.lengths->max == 1 ? "1 character" : span(*column.lengths) + " characters";
}

std::string mean_text(const model::ColumnProfile& column)
{
  if (column.kind != model::ColumnClass::numeric || !column.numbers || !column.numbers->mean) {
    return "";
  }
  return short_number(*column.numbers->mean) +
         (column.numbers->deviation ? " +- " + short_number(*column.numbers->deviation) : "");
}

// The shape of numbers; of other columns, the most frequent values.
std::string shape_text(const model::TableProfile& table, const model::ColumnProfile& column,
                       Bars bars)
{
  if (!column.percentiles.empty()) {
    const auto shares = plan::draw_column(column, table, k_cells).a;
    const auto highest = std::max_element(shares.begin(), shares.end());
    return bars_text(shares, highest == shares.end() ? 0 : *highest, bars);
  }
  std::string text;
  for (std::size_t i = 0; i < std::min(k_shown_values, column.top.size()); ++i) {
    text += (i == 0 ? "" : ", ") + shortened_value(column.top[i].value) + " " +
            share_text(column.top[i].count, table.sampled);
  }
  return text + (column.top.size() > k_shown_values ? ", ..." : "");
}

std::string notes_text(const model::ColumnProfile& column)
{
  std::string text;
  const auto add = [&](const std::string& note) { text += (text.empty() ? "" : ", ") + note; };
  for (const std::string& note : column.notes) {
    add(note);
  }
  if (column.nan > 0) {
    add(std::to_string(column.nan) + " NaN");
  }
  if (column.infinite > 0) {
    add(std::to_string(column.infinite) + " infinite");
  }
  return text;
}

NarrowTable narrow_profile(const model::TableProfile& table, Bars bars, std::size_t width)
{
  constexpr std::size_t k_usual_width = 80;
  constexpr std::size_t k_longest_type = 7;
  const std::size_t longest_name = width < k_usual_width ? 13 : 24;
  NarrowTable narrow{TextTable({"column", "type", "missing", "distinct", "values"},
                               {Align::left, Align::left, Align::right, Align::right, Align::left}),
                     {}};
  for (const model::ColumnProfile& column : table.columns) {
    const bool drawn = !column.percentiles.empty();
    const std::string shape = shape_text(table, column, bars);
    const std::string name = printable(column.name);
    const std::string short_name = shortened(name, longest_name);
    narrow.rows.add({short_name, Cell(shortened(column.type, k_longest_type), Tone::faint),
                     Cell(share_text(column.missing, table.rows), Tone::warning),
                     distinct_text(column.distinct), Cell(drawn ? shape : "", Tone::accent)});
    narrow.below.push_back(
        joined_parts({name == short_name ? "" : name, range_text(column), mean_text(column),
                      drawn ? "" : shape, notes_text(column)}));
  }
  return narrow;
}

}  // namespace

std::string bars_text(const std::vector<double>& shares, double highest, Bars bars)
{
  constexpr std::array<std::string_view, 9> k_blocks = {" ", "▁", "▂", "▃", "▄",
                                                        "▅", "▆", "▇", "█"};
  constexpr std::array<std::string_view, 9> k_ascii = {" ", ".", ":", "-", "=", "+", "*", "#", "@"};
  const auto& marks = bars == Bars::blocks ? k_blocks : k_ascii;
  std::string text;
  for (const double share : shares) {
    const double height = highest > 0 ? std::clamp(share / highest, 0.0, 1.0) * 8 : 0;
    // What is there is seen.
    const auto mark = share > 0 ? std::max(1L, std::lround(height)) : 0L;
    text += marks[static_cast<std::size_t>(mark)];
  }
  return text;
}

std::string render_profile(const model::TableProfile& table, Bars bars, Style style,
                           std::size_t width)
{
  std::string out;
  const std::string name = table.path.empty() ? "table" : table.path;
  out += paint(printable(name), Tone::strong, style) + "  " + format::counted(table.rows, "row") +
         ", " + format::counted(table.columns.size(), "column") + ", " + table.format + " of " +
         format::human_bytes(table.bytes) + "\n";
  if (!table.exact()) {
    out += "  distinct (~), shapes and frequent values of a sample of " +
           std::to_string(table.sampled) + " rows; its quantiles are off by at most " +
           percent(table.rank_error) + " of the rows (99 %)\n";
  }
  TextTable columns({"column", "type", "missing", "distinct", "range", "mean", "values", "note"},
                    {Align::left, Align::left, Align::right, Align::right, Align::left, Align::left,
                     Align::left, Align::left});
  for (const model::ColumnProfile& column : table.columns) {
    columns.add({column.name, Cell(column.type, Tone::faint),
                 Cell(share_text(column.missing, table.rows), Tone::warning),
                 distinct_text(column.distinct), range_text(column), mean_text(column),
                 Cell(shape_text(table, column, bars), Tone::accent),
                 Cell(notes_text(column), Tone::warning)});
  }
  if (columns.empty()) {
    return out;
  }
  return out + (is_wider(columns, "  ", width)
                    ? render_narrow(narrow_profile(table, bars, width), style, "  ", width)
                    : columns.render(style, "  "));
}

}  // namespace mlrepro::cli
