// SPDX-License-Identifier: Apache-2.0
#include "cli/render_query.hpp"

#include <algorithm>

#include "cli/joined.hpp"
#include "mlrepro/format/number_text.hpp"

namespace mlrepro::cli {
namespace {

// As a paragraph: line breaks of a query are for those who write it.
std::string on_one_line(std::string text)
{
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r' || c == '\t'; }, ' ');
  return text;
}

TextTable columns_table(const model::QueryResult& result)
{
  const bool roles = std::any_of(result.columns.begin(), result.columns.end(),
                                 [](const model::QueryColumn& column) { return column.role; });
  std::vector<std::string> header = {"column", "type in the source", "stored as"};
  if (roles) {
    header.emplace_back("role");
  }
  TextTable table(header);
  for (const model::QueryColumn& column : result.columns) {
    std::vector<Cell> row = {Cell(column.name, Tone::strong), column.source_type, column.type};
    if (roles) {
      row.emplace_back(column.role ? std::string(model::to_string(*column.role)) : "");
    }
    table.add(std::move(row));
  }
  return table;
}

}  // namespace

void add_query(RunText& out, const model::Snapshot& snapshot)
{
  if (!snapshot.result) {
    return;
  }
  const model::QueryResult& result = *snapshot.result;
  out.line("source", snapshot.source_uri.value_or("") +
                         (result.product.empty() ? "" : "  (" + result.product + ")"));
  out.line("given as", result.given_as);
  out.wrapped("query", on_one_line(snapshot.source_query.value_or("")));
  out.line("rows", format::counted(result.rows, "row") + ", " +
                       (result.order_by.empty() ? "as the source returned them"
                                                : "sorted by " + joined(result.order_by)));
  out.table(columns_table(result));
}

}  // namespace mlrepro::cli
