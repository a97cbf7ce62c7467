// SPDX-License-Identifier: Apache-2.0
#include "analysis/table_rows.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "mlrepro/format/number_text.hpp"

namespace mlrepro::analysis {

using model::ColumnClass;

std::optional<double> as_number(const ports::TableValue& value)
{
  if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    return static_cast<double>(*whole);
  }
  if (const auto* number = std::get_if<double>(&value)) {
    return *number;
  }
  if (const auto* text = std::get_if<std::string>(&value)) {
    return format::parse_number(*text);
  }
  if (const auto* truth = std::get_if<bool>(&value)) {
    return *truth ? 1 : 0;
  }
  return std::nullopt;
}

std::uint64_t as_count(const ports::TableValue& value)
{
  if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    return *whole > 0 ? static_cast<std::uint64_t>(*whole) : 0;
  }
  const auto number = as_number(value);
  return number && *number > 0 ? static_cast<std::uint64_t>(std::llround(*number)) : 0;
}

std::string as_text(const ports::TableValue& value)
{
  if (const auto* text = std::get_if<std::string>(&value)) {
    return *text;
  }
  if (const auto* whole = std::get_if<std::int64_t>(&value)) {
    return std::to_string(*whole);
  }
  if (const auto* truth = std::get_if<bool>(&value)) {
    return *truth ? "true" : "false";
  }
  const auto number = as_number(value);
  return number ? format::to_text(*number) : "";
}

Row one_row(ports::TableSession& session, const std::string& sql)
{
  const auto rows = session.query(sql);
  Row row;
  if (!rows->next(row)) {
    row.assign(rows->columns().size(), std::monostate());
  }
  return row;
}

void each_row(ports::TableSession& session, const std::string& sql,
              const std::function<void(const Row&)>& visit)
{
  const auto rows = session.query(sql);
  for (Row row; rows->next(row);) {
    visit(row);
  }
}

bool is_floating(const std::string& type)
{
  return type == "FLOAT" || type == "DOUBLE";
}

ColumnClass class_of(const std::string& type)
{
  constexpr std::array k_numbers = {"TINYINT", "SMALLINT", "INTEGER",   "BIGINT",
                                    "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER",
                                    "UBIGINT", "UHUGEINT", "FLOAT",     "DOUBLE"};
  if (type == "BOOLEAN") {
    return ColumnClass::boolean;
  }
  // A list of numbers is written "DOUBLE[]".
  if (std::find(k_numbers.begin(), k_numbers.end(), type) != k_numbers.end() ||
      (type.starts_with("DECIMAL(") && type.ends_with(')'))) {
    return ColumnClass::numeric;
  }
  const bool is_list = type.ends_with(']');
  const bool is_time = type == "DATE" || type == "TIME" || type.starts_with("TIMESTAMP");
  return is_time && !is_list ? ColumnClass::time : ColumnClass::text;
}

std::string number_of(const ports::TableColumn& column)
{
  const std::string name = ports::quoted_name(column.name);
  switch (class_of(column.type)) {
    case ColumnClass::numeric:
      return "CAST(" + name + " AS DOUBLE)";
    case ColumnClass::time:
      return "CAST(epoch(" + name + ") AS DOUBLE)";
    case ColumnClass::text:
      return "CAST(length(CAST(" + name + " AS VARCHAR)) AS DOUBLE)";
    case ColumnClass::boolean:
      break;
  }
  return "CAST(NULL AS DOUBLE)";
}

std::string is_value(const ports::TableColumn& column)
{
  const std::string name = ports::quoted_name(column.name);
  return name + " IS NOT NULL" +
         (is_floating(column.type) ? " AND NOT isnan(" + name + ")" : std::string());
}

std::string sql_number(double value)
{
  return "CAST('" + format::to_text(value) + "' AS DOUBLE)";
}

std::string finite_numbers(const std::string& table, const ports::TableColumn& column)
{
  return "(SELECT x, 1 AS n FROM (SELECT " + number_of(column) + " AS x FROM " + table +
         ") WHERE isfinite(x))";
}

std::vector<std::uint64_t> count_bins(ports::TableSession& session, const std::string& numbers,
                                      const std::vector<double>& edges)
{
  std::string sql = "SELECT sum(n)";
  for (const double edge : edges) {
    sql += ", sum(CASE WHEN x <= " + sql_number(edge) + " THEN n END)";
  }
  const Row row = one_row(session, sql + " FROM " + numbers);
  std::vector<std::uint64_t> counts;
  std::uint64_t below = 0;
  for (std::size_t i = 1; i < row.size(); ++i) {
    const std::uint64_t up_to = as_count(row[i]);
    counts.push_back(up_to - below);
    below = up_to;
  }
  counts.push_back(as_count(row[0]) - below);
  return counts;
}

}  // namespace mlrepro::analysis
