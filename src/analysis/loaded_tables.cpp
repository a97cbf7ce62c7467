// SPDX-License-Identifier: Apache-2.0
#include "analysis/loaded_tables.hpp"

#include <algorithm>
#include <cstddef>
#include <map>

#include "analysis/cell_shapes.hpp"
#include "analysis/csv_blocks.hpp"

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

// A statement for the columns themselves takes time that grows with the square of their number.
constexpr std::size_t k_columns_together = 24;
// How many of many columns are read at once; bounds memory.
constexpr std::size_t k_columns_in_a_look = 2000;

// Parts of many columns, in order, each with its columns by their names.
template <typename Visit>
void for_each_part(const std::vector<std::size_t>& places, Visit visit)
{
  for (std::size_t i = 0; i < places.size(); i += k_columns_in_a_look) {
    const auto end = std::min(places.size(), i + k_columns_in_a_look);
    const std::vector<std::size_t> some(places.begin() + static_cast<std::ptrdiff_t>(i),
                                        places.begin() + static_cast<std::ptrdiff_t>(end));
    std::map<std::string, std::size_t> by_name;
    for (const std::size_t place : some) {
      by_name.emplace(column_at(place), place);
    }
    visit(some, by_name);
  }
}

// The kind by the counts that begin at `at`.
ColumnKind narrowest_in(const std::vector<ports::TableValue>& counts, std::size_t at)
{
  plan::KindCounts found;
  found.cells = as_count(counts[at]);
  for (std::size_t kind = 0; kind < plan::k_tested_kinds.size(); ++kind) {
    found.of_kind[kind] = as_count(counts[at + 1 + kind]);
  }
  return plan::narrowest_kind(found);
}

void set_narrowest_of_many(ports::TableSession& session, Side side,
                           const std::vector<std::size_t>& places, std::optional<std::size_t> rows,
                           std::vector<NamedColumn>& columns)
{
  for (const std::size_t place : places) {
    columns[place].kind = plan::narrowest_kind({});
  }
  for_each_part(places, [&](const auto& some, const auto& by_name) {
    each_row(session, count_kinds_of_many(side, some, rows), [&](const Row& row) {
      columns[by_name.at(as_text(row.front()))].kind = narrowest_in(row, 1);
    });
  });
}

// Sets the narrowest kind that fits; in all rows, or the first so many.
void set_narrowest(ports::TableSession& session, Side side, const std::vector<std::size_t>& places,
                   std::optional<std::size_t> rows, std::vector<NamedColumn>& columns)
{
  if (places.size() > k_columns_together) {
    set_narrowest_of_many(session, side, places, rows, columns);
  } else if (!places.empty()) {
    const Row counts = one_row(session, count_kinds(side, places, rows));
    for (std::size_t i = 0; i < places.size(); ++i) {
      columns[places[i]].kind = narrowest_in(counts, i * (plan::k_tested_kinds.size() + 1));
    }
  }
}

using Expected = std::vector<std::pair<std::size_t, ColumnKind>>;

// Many columns of one kind. Those with a cell that is of another are added to `open`.
void check_kind(ports::TableSession& session, Side side, const std::vector<std::size_t>& places,
                ColumnKind kind, std::vector<std::size_t>& open)
{
  for_each_part(places, [&](const auto& some, const auto& by_name) {
    each_row(session, count_kind_of_many(side, some, kind), [&](const Row& row) {
      if (as_count(row[1]) != as_count(row[2])) {
        open.push_back(by_name.at(as_text(row.front())));
      }
    });
  });
}

// Columns with a cell that is not of the kind that is expected are added to `open`.
void check_kinds(ports::TableSession& session, Side side, const Expected& expected,
                 std::vector<std::size_t>& open)
{
  constexpr std::size_t k_at_once = 300;
  if (expected.size() > k_at_once) {
    for (const ColumnKind kind : plan::k_tested_kinds) {
      std::vector<std::size_t> places;
      for (const auto& [place, own] : expected) {
        if (own == kind) {
          places.push_back(place);
        }
      }
      check_kind(session, side, places, kind, open);
    }
  } else if (!expected.empty()) {
    const Row counts = one_row(session, count_of_kind(side, expected));
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if (as_count(counts[2 * i]) != as_count(counts[2 * i + 1])) {
        open.push_back(expected[i].first);
      }
    }
  }
}

// Finds the kinds of these columns by the engine.
void find_kinds_by_rules(ports::TableSession& session, Side side,
                         const std::vector<std::size_t>& of_text, std::vector<NamedColumn>& columns)
{
  set_narrowest(session, side, of_text, k_sampled_rows, columns);
  Expected expected;
  std::vector<std::size_t> open;
  for (const std::size_t place : of_text) {
    const ColumnKind kind = columns[place].kind;
    if (kind == ColumnKind::empty) {
      open.push_back(place);
    } else if (kind != ColumnKind::text) {
      expected.emplace_back(place, kind);
    }
  }
  check_kinds(session, side, expected, open);
  set_narrowest(session, side, open, std::nullopt, columns);
}

void find_kinds(ports::TableSession& session, Side side, const std::vector<CellShapes>& shapes,
                std::vector<NamedColumn>& columns)
{
  std::vector<std::size_t> open;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].from_text) {
      const auto kind = shapes.empty() ? std::optional<ColumnKind>()
                                       : kind_of_shapes(shapes[i], CellReader::compared);
      columns[i].kind = kind.value_or(ColumnKind::text);
      if (!kind) {
        open.push_back(i);
      }
    }
  }
  find_kinds_by_rules(session, side, open, columns);
  for (NamedColumn& column : columns) {
    if (column.from_text) {
      column.type = plan::type_of_kind(column.kind);
    }
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

LoadedSide load_side(TableWorkspace& workspace, const NamedTable& table, Side side)
{
  ports::TableSession& session = workspace.session();
  const CountedRelation relation = relation_of(workspace, table, CellTypes::text);
  LoadedSide loaded;
  std::vector<NamedColumn>& columns = loaded.columns;
  {
    const auto rows = session.query("SELECT * FROM " + relation.from + " LIMIT 0");
    for (const ports::TableColumn& column : rows->columns()) {
      const bool from_text = is_separated_text(table.format) && column.type == "VARCHAR";
      columns.push_back({column.name, column.type, plan::kind_of_type(column.type), from_text});
    }
  }
  session.execute("CREATE VIEW " + side_table(side) + " AS SELECT * FROM (SELECT * FROM " +
                  relation.from + ") AS t(" + column_list(columns.size()) + ")");
  find_kinds(session, side, relation.shapes, columns);
  if (relation.csv && relation.rows) {
    loaded.csv = relation.csv;
    loaded.rows = *relation.rows;
  }
  return loaded;
}

void make_room_for_columns(TableWorkspace& workspace, const LoadedSide& a, const LoadedSide& b)
{
  constexpr std::size_t k_many_columns = 400;
  constexpr std::uint64_t k_few_bytes = 64UL << 20U;
  constexpr std::uint64_t k_bytes_a_column = 16UL << 20U;
  std::uint64_t bytes = 0;
  for (const LoadedSide* side : {&a, &b}) {
    if (!side->csv) {
      return;
    }
    for (const std::string& path : side->csv->paths) {
      const auto stat = workspace.csv_reader().files.stat(path, ports::FollowLinks::yes);
      bytes += stat ? stat->size : 0;
    }
  }
  const std::size_t columns = a.columns.size() + b.columns.size();
  if (columns >= k_many_columns && bytes <= k_few_bytes) {
    workspace.session().execute("SET memory_limit = '" +
                                std::to_string(columns * k_bytes_a_column) + "B'");
  }
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
