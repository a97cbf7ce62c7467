// SPDX-License-Identifier: Apache-2.0
#include "format/record_query.hpp"

namespace mlrepro::format::records {
namespace {

json put_column(const model::QueryColumn& column)
{
  json role = nullptr;
  if (column.role) {
    role = model::to_string(*column.role);
  }
  return json::array({put_text(column.name), put_text(column.source_type), put_text(column.type),
                      std::move(role)});
}

model::QueryColumn take_column(const json& value)
{
  model::QueryColumn column{take_text(value.at(0)), take_text(value.at(1)), take_text(value.at(2)),
                            std::nullopt};
  if (!value.at(3).is_null()) {
    column.role = model::parse_column_role(take_text(value.at(3)));
    if (!column.role) {
      refuse("the role of a column is none");
    }
  }
  return column;
}

}  // namespace

json put_query_result(const model::QueryResult& result)
{
  return {{"product", put_text(result.product)},
          {"given_as", put_text(result.given_as)},
          {"rows", result.rows},
          {"order_by", put_list(result.order_by, put_text)},
          {"columns", put_list(result.columns, put_column)}};
}

model::QueryResult take_query_result(const json& value)
{
  model::QueryResult result;
  result.product = take_text(value.at("product"));
  result.given_as = take_text(value.at("given_as"));
  result.rows = take_whole<std::uint64_t>(value.at("rows"));
  result.order_by = take_list(value.at("order_by"), take_text);
  result.columns = take_list(value.at("columns"), take_column);
  return result;
}

}  // namespace mlrepro::format::records
