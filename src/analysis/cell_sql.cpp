// SPDX-License-Identifier: Apache-2.0
#include "analysis/cell_sql.hpp"

#include "analysis/cell_rules.hpp"

namespace mlrepro::analysis {
namespace {

using plan::CellForm;
using plan::ColumnKind;
using plan::NamedColumn;

std::string exact_number(const std::string& column, const NamedColumn& of)
{
  if (of.kind == ColumnKind::decimal) {
    const std::string text = cast(column, "VARCHAR");
    return "CASE WHEN contains(" + text + ", '.') THEN rtrim(rtrim(" + text + ", '0'), '.') ELSE " +
           text + " END";
  }
  if (of.kind == ColumnKind::floating || of.kind == ColumnKind::single) {
    const std::string value =
        of.kind == ColumnKind::single && !of.from_text ? column : tried(column, "DOUBLE");
    return "CASE WHEN " + value + " = trunc(" + value + ") AND abs(" + value + ") < 1e38 THEN " +
           cast(tried(value, "HUGEINT"), "VARCHAR") + " ELSE " + cast(value, "VARCHAR") + " END";
  }
  return cast(column, "VARCHAR");
}

// Of text with an offset the engine would keep the time and drop the offset. 'Z' is what a moment
// without one is taken for.
std::string moment_of(const std::string& column, const NamedColumn& of)
{
  const std::string plain = tried(column, "TIMESTAMP");
  if (!of.from_text) {
    return plain;
  }
  const std::string time = "substr(" + column + ", 12)";
  return "CASE WHEN contains(" + time + ", '+') OR contains(" + time + ", '-') THEN " +
         cast(tried(column, "TIMESTAMP WITH TIME ZONE"), "TIMESTAMP") + " ELSE " + plain + " END";
}

std::string plain_text(const std::string& column, const NamedColumn& of, bool empty_is_null)
{
  if (of.from_text) {
    return column;
  }
  const std::string text = cast(column, "VARCHAR");
  return empty_is_null ? "nullif(" + text + ", '')" : text;
}

}  // namespace

std::string joined(const std::vector<std::string>& parts, const std::string& between)
{
  std::string text;
  for (const std::string& part : parts) {
    text += (text.empty() ? "" : between) + part;
  }
  return text;
}

std::string cast(const std::string& value, const std::string& type)
{
  return "CAST(" + value + " AS " + type + ")";
}

std::string tried(const std::string& value, const std::string& type)
{
  return "TRY_CAST(" + value + " AS " + type + ")";
}

// Not FILTER, for which the engine cuts the rows out of all columns of the statement, once for
// each.
std::string count_where(const std::string& condition)
{
  return "count(CASE WHEN " + condition + " THEN 1 END)";
}

std::string side_table(Side side)
{
  return side == Side::a ? "side_a" : "side_b";
}

std::string column_at(std::size_t place)
{
  return "c" + std::to_string(place);
}

std::string column_list(std::size_t count)
{
  return listed(count, ", ", column_at);
}

std::string in_form(const std::string& column, const NamedColumn& of, CellForm form,
                    bool empty_is_null)
{
  switch (form) {
    case CellForm::as_it_is:
      return column;
    case CellForm::truth:
      return tried(column, "BOOLEAN");
    case CellForm::whole:
      return tried(column, "BIGINT");
    case CellForm::huge:
      return tried(column, "HUGEINT");
    case CellForm::single:  // + 0: the negative zero is the same number
      return "(" + tried(column, "FLOAT") + " + CAST(0 AS FLOAT))";
    case CellForm::floating:
      return "(" + tried(column, "DOUBLE") + " + CAST(0 AS DOUBLE))";
    case CellForm::exact_number:
      return exact_number(column, of);
    case CellForm::date:
      return tried(column, "DATE");
    case CellForm::moment:
      return moment_of(column, of);
    case CellForm::text:
      return plain_text(column, of, empty_is_null);
  }
  return column;
}

namespace {

std::string first_rows(Side side, std::optional<std::size_t> rows)
{
  return rows ? "(SELECT * FROM " + side_table(side) + " LIMIT " + std::to_string(*rows) + ")"
              : side_table(side);
}

void add_counts_of_kinds(const std::string& cell, std::vector<std::string>& counts)
{
  counts.push_back("count(" + cell + ")");
  for (const ColumnKind kind : plan::k_tested_kinds) {
    counts.push_back(count_where(is_of_kind(cell, kind, CellReader::compared)));
  }
}

std::string count_by_name(const std::vector<std::size_t>& columns,
                          const std::vector<std::string>& counts, const std::string& table)
{
  const std::string names =
      listed(columns.size(), ", ", [&](std::size_t i) { return column_at(columns[i]); });
  return "SELECT name, " + joined(counts, ", ") + " FROM (UNPIVOT (SELECT " + names + " FROM " +
         table + ") ON COLUMNS(*) INTO NAME name VALUE cell) GROUP BY name";
}

}  // namespace

std::string count_kinds(Side side, const std::vector<std::size_t>& columns,
                        std::optional<std::size_t> rows)
{
  std::vector<std::string> counts;
  for (const std::size_t place : columns) {
    add_counts_of_kinds(column_at(place), counts);
  }
  return "SELECT " + joined(counts, ", ") + " FROM " + first_rows(side, rows);
}

std::string count_kinds_of_many(Side side, const std::vector<std::size_t>& columns,
                                std::optional<std::size_t> rows)
{
  std::vector<std::string> counts;
  add_counts_of_kinds("cell", counts);
  return count_by_name(columns, counts, first_rows(side, rows));
}

std::string count_kind_of_many(Side side, const std::vector<std::size_t>& columns, ColumnKind kind)
{
  return count_by_name(columns,
                       {"count(cell)", count_where(is_of_kind("cell", kind, CellReader::compared))},
                       side_table(side));
}

std::string count_of_kind(Side side, const std::vector<std::pair<std::size_t, ColumnKind>>& columns)
{
  std::vector<std::string> counts;
  for (const auto& [place, kind] : columns) {
    counts.push_back("count(" + column_at(place) + ")");
    counts.push_back(count_where(is_of_kind(column_at(place), kind, CellReader::compared)));
  }
  return "SELECT " + joined(counts, ", ") + " FROM " + side_table(side);
}

std::string describe_content(Side side, const std::vector<NamedColumn>& columns,
                             const std::vector<std::size_t>& places)
{
  std::vector<std::string> parts;
  for (const std::size_t place : places) {
    const NamedColumn& column = columns[place];
    const CellForm form = plan::is_number(column.kind) ? CellForm::exact_number
                          : plan::is_time(column.kind) ? CellForm::moment
                                                       : CellForm::text;
    const std::string value = in_form(column_at(place), column, form, true);
    parts.push_back("concat(CAST(sum(hash(" + value + ")) AS VARCHAR), ' ', count(*))");
    parts.push_back("min(" + value + ") IS DISTINCT FROM max(" + value + ")");
  }
  return "SELECT " + joined(parts, ", ") + " FROM " + side_table(side);
}

}  // namespace mlrepro::analysis
