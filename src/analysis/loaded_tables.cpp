// SPDX-License-Identifier: Apache-2.0
#include "analysis/loaded_tables.hpp"

#include <algorithm>
#include <cstddef>

namespace mlrepro::analysis {
namespace {

using plan::ColumnKind;
using plan::NamedColumn;

// Most columns show in so many rows what they are, and all rows are asked about that only.
constexpr std::size_t k_sampled_rows = 4096;

bool is_separated_text(TableFormat format)
{
  return format == TableFormat::csv || format == TableFormat::tsv;
}

// Sets the narrowest kind that fits; in all rows, or the first so many.
void set_narrowest(ports::TableSession& session, Side side, const std::vector<std::size_t>& places,
                   std::optional<std::size_t> rows, std::vector<NamedColumn>& columns)
{
  // The engine takes time that grows with the square of what one statement counts.
  constexpr std::size_t k_at_once = 24;
  if (places.size() > k_at_once) {
    for (std::size_t i = 0; i < places.size(); i += k_at_once) {
      const auto end = std::min(places.size(), i + k_at_once);
      set_narrowest(session, side,
                    {places.begin() + static_cast<std::ptrdiff_t>(i),
                     places.begin() + static_cast<std::ptrdiff_t>(end)},
                    rows, columns);
    }
    return;
  }
  if (places.empty()) {
    return;
  }
  const auto counts = one_row(session, count_kinds(side, places, rows));
  constexpr std::size_t k_width = plan::k_tested_kinds.size() + 1;
  for (std::size_t i = 0; i < places.size(); ++i) {
    plan::KindCounts found;
    found.cells = as_count(counts[i * k_width]);
    for (std::size_t kind = 0; kind < plan::k_tested_kinds.size(); ++kind) {
      found.of_kind[kind] = as_count(counts[i * k_width + 1 + kind]);
    }
    columns[places[i]].kind = plan::narrowest_kind(found);
  }
}

void find_kinds(ports::TableSession& session, Side side, std::vector<NamedColumn>& columns)
{
  std::vector<std::size_t> of_text;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].from_text) {
      of_text.push_back(i);
    }
  }
  set_narrowest(session, side, of_text, k_sampled_rows, columns);
  std::vector<std::pair<std::size_t, ColumnKind>> expected;
  std::vector<std::size_t> open;
  for (const std::size_t place : of_text) {
    const ColumnKind kind = columns[place].kind;
    if (kind == ColumnKind::empty) {
      open.push_back(place);
    } else if (kind != ColumnKind::text) {
      expected.emplace_back(place, kind);
    }
  }
  if (!expected.empty()) {
    const auto counts = one_row(session, count_of_kind(side, expected));
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if (as_count(counts[2 * i]) != as_count(counts[2 * i + 1])) {
        open.push_back(expected[i].first);
      }
    }
  }
  set_narrowest(session, side, open, std::nullopt, columns);
  for (const std::size_t place : of_text) {
    columns[place].type = plan::type_of_kind(columns[place].kind);
  }
}

std::vector<plan::ColumnContent> contents(ports::TableSession& session, Side side,
                                          const std::vector<NamedColumn>& columns,
                                          const std::vector<std::size_t>& places)
{
  const auto row = one_row(session, describe_content(side, columns, places));
  std::vector<plan::ColumnContent> found;
  for (std::size_t i = 0; i < places.size(); ++i) {
    found.push_back({text_in(row[2 * i]).value_or(""), truth_in(row[2 * i + 1])});
  }
  return found;
}

}  // namespace

bool truth_in(const ports::TableValue& value)
{
  const auto* truth = std::get_if<bool>(&value);
  return truth != nullptr && *truth;
}

std::optional<double> number_in(const ports::TableValue& value)
{
  const auto* number = std::get_if<double>(&value);
  return number == nullptr ? std::nullopt : std::optional(*number);
}

model::CellText text_in(const ports::TableValue& value)
{
  const auto* text = std::get_if<std::string>(&value);
  return text == nullptr ? std::nullopt : model::CellText(*text);
}

std::vector<NamedColumn> load_side(TableWorkspace& workspace, const NamedTable& table, Side side)
{
  ports::TableSession& session = workspace.session();
  const std::string relation = relation_of(workspace, table, CellTypes::text);
  std::vector<NamedColumn> columns;
  {
    const auto rows = session.query("SELECT * FROM " + relation + " LIMIT 0");
    for (const ports::TableColumn& column : rows->columns()) {
      const bool from_text = is_separated_text(table.format) && column.type == "VARCHAR";
      columns.push_back({column.name, column.type, plan::kind_of_type(column.type), from_text});
    }
  }
  session.execute("CREATE VIEW " + side_table(side) + " AS SELECT * FROM (SELECT * FROM " +
                  relation + ") AS t(" + column_list(columns.size()) + ")");
  find_kinds(session, side, columns);
  return columns;
}

void find_renamed(ports::TableSession& session, const std::vector<NamedColumn>& columns_a,
                  const std::vector<NamedColumn>& columns_b, plan::ColumnMatch& match)
{
  if (match.only_a.empty() || match.only_b.empty()) {
    return;
  }
  plan::match_renamed(columns_a, columns_b, contents(session, Side::a, columns_a, match.only_a),
                      contents(session, Side::b, columns_b, match.only_b), match);
}

}  // namespace mlrepro::analysis
