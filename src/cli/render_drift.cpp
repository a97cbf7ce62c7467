// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include "cli/joined.hpp"
#include "cli/lines_below.hpp"
#include "cli/render.hpp"
#include "cli/render_tables.hpp"
#include "cli/shortened.hpp"
#include "mlrepro/format/number_text.hpp"

namespace mlrepro::cli {
namespace {

constexpr std::size_t k_shown_columns = 20;
constexpr std::size_t k_shown_changes = 10;
constexpr std::size_t k_shown_values = 3;

std::string digits_of(int digits, double value)
{
  std::array<char, 40> buffer{};
  const int length = std::snprintf(buffer.data(), buffer.size(), "%.*g", digits, value);
  return {buffer.data(), static_cast<std::size_t>(length)};
}

std::string three_digits(double value)
{
  return digits_of(3, value);
}

// Thousands are not written with an exponent.
std::string readable_number(double value)
{
  const double size = std::fabs(value);
  return size >= 1000 && size < 1e7 ? digits_of(7, std::round(value)) : three_digits(value);
}

std::string probability(double p)
{
  return p < 1e-9 ? "p<1e-9" : "p=" + digits_of(2, p);
}

std::string percent(double share)
{
  return three_digits(share * 100) + " %";
}

std::string change_text(const model::SchemaChange& change)
{
  using Kind = model::SchemaChange::Kind;
  const std::string name = printable(change.column);
  switch (change.kind) {
    case Kind::added:
      return "added " + name + " (" + change.b + ")";
    case Kind::removed:
      return "removed " + name + " (" + change.a + ")";
    case Kind::retyped:
      return name + ": " + change.a + " -> " + change.b;
    case Kind::moved:
      return "moved " + name + " from place " + change.a + " to " + change.b;
  }
  return name;
}

std::string schema_lines(const model::TableDrift& table, Style style)
{
  std::string out;
  std::size_t shown = 0;
  for (const model::SchemaChange& change : table.schema) {
    if (++shown <= k_shown_changes) {
      out += "    " + paint(change_text(change), Tone::warning, style) + "\n";
    }
  }
  if (shown > k_shown_changes) {
    out += "    and " + std::to_string(shown - k_shown_changes) +
           " more changes of columns (--json has them all)\n";
  }
  return out;
}

std::string psi_text(const model::ColumnDrift& column)
{
  if (!column.psi) {
    return "";
  }
  return three_digits(*column.psi) +
         (column.psi_critical ? " (" + three_digits(*column.psi_critical) + ")" : "");
}

std::string test_text(const model::ColumnDrift& column)
{
  if (!column.test) {
    return "";
  }
  const model::TestResult& test = *column.test;
  return test.name + " " + readable_number(test.statistic) +
         (test.error > 0 ? " +-" + digits_of(2, test.error) : "") + " " +
         probability(test.adjusted_p);
}

std::string missing_text(const model::ColumnDrift& column)
{
  return column.missing.a == column.missing.b
             ? (column.missing.a == 0 ? "" : percent(column.missing.a))
             : percent(column.missing.a) + " -> " + percent(column.missing.b);
}

std::string names_of(const std::vector<model::ValueCount>& values, const char* what)
{
  std::string text;
  for (std::size_t i = 0; i < std::min(values.size(), k_shown_values); ++i) {
    text += (i == 0 ? std::string(what) : std::string(",")) + " " + printable(values[i].value);
  }
  return text + (values.size() > k_shown_values ? ", ..." : "");
}

// What the pictures stand over.
std::string axis_text(const model::ColumnDrift& column)
{
  const bool by_width = column.picture.labels.empty() && !column.picture.a.empty();
  const std::string span =
      by_width && column.kind != model::ColumnClass::time
          ? readable_number(column.picture.low) + " to " + readable_number(column.picture.high)
          : "";
  return joined_parts(
      {span, names_of(column.new_values, "new:"), names_of(column.vanished_values, "gone:")});
}

double highest_share(const model::DriftPicture& picture)
{
  double highest = 0;
  for (const auto* shares : {&picture.a, &picture.b}) {
    for (const double share : *shares) {
      highest = std::max(highest, share);
    }
  }
  return highest;
}

Cell missing_cell(const model::ColumnDrift& column)
{
  const bool counts = std::any_of(column.exceeded.begin(), column.exceeded.end(),
                                  [](const auto& item) { return item.measure == "missing"; });
  return {missing_text(column), counts ? Tone::bad : Tone::none};
}

std::vector<Cell> row_of(const model::ColumnDrift& column, Bars bars)
{
  const double highest = highest_share(column.picture);
  return {column.column,
          Cell(psi_text(column), Tone::strong),
          Cell(test_text(column)),
          missing_cell(column),
          Cell(bars_text(column.picture.a, highest, bars), Tone::faint),
          Cell(bars_text(column.picture.b, highest, bars), Tone::accent),
          axis_text(column)};
}

// The longest name beside two shapes.
constexpr std::size_t k_narrow_name = 17;
constexpr const char* k_indent = "    ";

std::vector<Cell> narrow_row_of(const model::ColumnDrift& column, Bars bars)
{
  const double highest = highest_share(column.picture);
  return {shortened(printable(column.column), k_narrow_name),
          Cell(column.psi ? three_digits(*column.psi) : "", Tone::strong),
          Cell(bars_text(column.picture.a, highest, bars), Tone::faint),
          Cell(bars_text(column.picture.b, highest, bars), Tone::accent)};
}

// What has no place beside the shapes.
std::string rest_of(const model::ColumnDrift& column)
{
  const std::string name = printable(column.column);
  const std::string missing = missing_text(column);
  return joined_parts({shortened(name, k_narrow_name) == name ? "" : name,
                       column.psi_critical ? "95 %: " + three_digits(*column.psi_critical) : "",
                       test_text(column), missing.empty() ? "" : "missing " + missing,
                       axis_text(column)});
}

// A line a column, or two where the terminal is too narrow for that.
std::string column_lines(const std::vector<const model::ColumnDrift*>& columns, Bars bars,
                         Style style, std::size_t width)
{
  if (columns.empty()) {
    return "";
  }
  TextTable rows({"column", "psi (95 %)", "test", "missing", "a", "b", ""});
  for (const model::ColumnDrift* column : columns) {
    rows.add(row_of(*column, bars));
  }
  if (!is_wider(rows, k_indent, width)) {
    return rows.render(style, k_indent);
  }
  NarrowTable narrow{TextTable({"column", "psi", "a", "b"}), {}};
  for (const model::ColumnDrift* column : columns) {
    narrow.rows.add(narrow_row_of(*column, bars));
    narrow.below.push_back(rest_of(*column));
  }
  return render_narrow(narrow, style, k_indent, width);
}

std::string headline(const model::TableDrift& table, Style style)
{
  const auto drifting =
      static_cast<std::size_t>(std::count_if(table.columns.begin(), table.columns.end(),
                                             [](const auto& column) { return column.flagged(); }));
  std::string out = paint(printable(table.path), Tone::strong, style) + "  " +
                    format::counted(table.rows_a, "row");
  if (table.rows_a != table.rows_b) {
    out += " -> " + std::to_string(table.rows_b);
  }
  out += ", ";
  if (drifting == 0) {
    out +=
        paint("no drift in " + format::counted(table.columns.size(), "column"), Tone::good, style);
    if (!table.columns.empty() && table.columns.front().psi) {
      out += " (most in " + printable(table.columns.front().column) + ": psi " +
             three_digits(*table.columns.front().psi) + ")";
    }
  } else {
    out +=
        paint(std::to_string(drifting) + " of " + format::counted(table.columns.size(), "column") +
                  (drifting == 1 ? " drifts" : " drift"),
              Tone::bad, style);
  }
  return out + (table.source == model::TableDrift::Source::profiles ? ", by profiles" : "") + "\n";
}

std::string uncompared_lines(const model::TableDrift& table, Style style)
{
  std::string out;
  std::size_t shown = 0;
  for (const model::UncomparedColumn& item : table.uncompared) {
    if (++shown <= k_shown_changes) {
      out += k_indent +
             paint("not compared: " + printable(item.column) + " (" + item.reason + ")",
                   Tone::warning, style) +
             "\n";
    }
  }
  if (shown > k_shown_changes) {
    out += k_indent + ("and " + std::to_string(shown - k_shown_changes)) +
           " more columns that are not compared (--json has them all)\n";
  }
  return out;
}

std::string render_one(const model::TableDrift& table, Bars bars, Style style, std::size_t width)
{
  if (table.source == model::TableDrift::Source::none) {
    return "  " + paint(printable(table.path), Tone::strong, style) +
           "  not compared: " + printable(table.problem) + "\n";
  }
  std::string out =
      "  " + headline(table, style) + schema_lines(table, style) + uncompared_lines(table, style);
  std::vector<const model::ColumnDrift*> shown;
  std::size_t flagged = 0;
  for (const model::ColumnDrift& column : table.columns) {
    if (column.flagged() && ++flagged <= k_shown_columns) {
      shown.push_back(&column);
    }
  }
  out += column_lines(shown, bars, style, width);
  if (flagged > k_shown_columns) {
    out += "    and " + std::to_string(flagged - k_shown_columns) +
           " more columns drift (--json has them all)\n";
  }
  return out;
}

}  // namespace

std::string render_drift(const std::vector<model::TableDrift>& tables, Bars bars, Style style,
                         std::size_t width)
{
  if (tables.empty()) {
    return "";
  }
  std::string out = style == Style::markdown ? "\n### tables\n\n"
                                             : "\n" + paint("tables", Tone::strong, style) + "\n";
  for (const model::TableDrift& table : tables) {
    out += style == Style::markdown ? markdown_block(render_one(table, bars, Style::plain, 0), "")
                                    : render_one(table, bars, style, width);
  }
  return out;
}

}  // namespace mlrepro::cli
