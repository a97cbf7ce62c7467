// SPDX-License-Identifier: Apache-2.0
#include "sqlite/query_rows.hpp"

#include "mlrepro/model/error.hpp"
#include "sqlite/statement.hpp"

namespace mlrepro::sqlite {
namespace {

std::optional<std::string> role_text(const std::optional<model::ColumnRole>& role)
{
  return role ? std::optional(std::string(model::to_string(*role))) : std::nullopt;
}

std::optional<model::ColumnRole> role_of(const std::optional<std::string>& text)
{
  if (!text) {
    return std::nullopt;
  }
  const auto role = model::parse_column_role(*text);
  if (!role) {
    throw model::Error(model::ErrorKind::corrupt,
                       "the store gives a column the role '" + *text + "', which there is not");
  }
  return role;
}

}  // namespace

void write_query_result(const Database& database, std::int64_t entry,
                        const model::QueryResult& result)
{
  Statement(database,
            "INSERT INTO query_results (entry, product, given_as, row_count) VALUES (?, ?, ?, ?)")
      .bind(entry, result.product, result.given_as, result.rows)
      .run();
  std::int64_t ordinal = 0;
  Statement order(database,
                  "INSERT INTO query_order (entry, ordinal, expression) VALUES (?, ?, ?)");
  for (const std::string& expression : result.order_by) {
    order.bind(entry, ordinal++, expression).run();
  }
  ordinal = 0;
  Statement column(database,
                   "INSERT INTO query_columns (entry, ordinal, name, source_type, type, role)"
                   " VALUES (?, ?, ?, ?, ?, ?)");
  for (const model::QueryColumn& item : result.columns) {
    column.bind(entry, ordinal++, item.name, item.source_type, item.type, role_text(item.role))
        .run();
  }
}

std::optional<model::QueryResult> read_query_result(const Database& database, std::int64_t entry)
{
  Statement head(database,
                 "SELECT product, given_as, row_count FROM query_results WHERE entry = ?");
  if (!head.bind(entry).step()) {
    return std::nullopt;
  }
  model::QueryResult result;
  result.product = head.text(0);
  result.given_as = head.text(1);
  result.rows = head.unsigned_integer(2);
  Statement order(database, "SELECT expression FROM query_order WHERE entry = ? ORDER BY ordinal");
  for (order.bind(entry); order.step();) {
    result.order_by.push_back(order.text(0));
  }
  Statement columns(database,
                    "SELECT name, source_type, type, role FROM query_columns WHERE entry = ?"
                    " ORDER BY ordinal");
  for (columns.bind(entry); columns.step();) {
    result.columns.push_back(
        {columns.text(0), columns.text(1), columns.text(2), role_of(columns.optional_text(3))});
  }
  return result;
}

}  // namespace mlrepro::sqlite
