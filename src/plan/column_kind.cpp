// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/column_kind.hpp"

#include <algorithm>
#include <map>

namespace mlrepro::plan {

ColumnKind kind_of_type(std::string_view type)
{
  static const std::map<std::string_view, ColumnKind> k_kinds = {
      {"BOOLEAN", ColumnKind::truth},      {"TINYINT", ColumnKind::integer},
      {"SMALLINT", ColumnKind::integer},   {"INTEGER", ColumnKind::integer},
      {"BIGINT", ColumnKind::integer},     {"UTINYINT", ColumnKind::integer},
      {"USMALLINT", ColumnKind::integer},  {"UINTEGER", ColumnKind::integer},
      {"UBIGINT", ColumnKind::huge},       {"HUGEINT", ColumnKind::huge},
      {"FLOAT", ColumnKind::single},       {"DOUBLE", ColumnKind::floating},
      {"DATE", ColumnKind::date},          {"TIMESTAMP", ColumnKind::moment},
      {"TIMESTAMP_S", ColumnKind::moment}, {"TIMESTAMP_MS", ColumnKind::moment},
      {"VARCHAR", ColumnKind::text},       {"TIMESTAMP WITH TIME ZONE", ColumnKind::instant}};
  if (const auto found = k_kinds.find(type); found != k_kinds.end()) {
    return found->second;
  }
  if (type.starts_with("DECIMAL(") && type.ends_with(')')) {
    return ColumnKind::decimal;
  }
  return ColumnKind::other;
}

std::string_view type_of_kind(ColumnKind kind)
{
  switch (kind) {
    case ColumnKind::empty:
      return "NULL";
    case ColumnKind::truth:
      return "BOOLEAN";
    case ColumnKind::integer:
      return "BIGINT";
    case ColumnKind::huge:
      return "HUGEINT";
    case ColumnKind::decimal:
      return "DECIMAL";
    case ColumnKind::single:
      return "FLOAT";
    case ColumnKind::floating:
      return "DOUBLE";
    case ColumnKind::date:
      return "DATE";
    case ColumnKind::moment:
      return "TIMESTAMP";
    case ColumnKind::instant:
      return "TIMESTAMP WITH TIME ZONE";
    case ColumnKind::text:
    case ColumnKind::other:
      return "VARCHAR";
  }
  return "VARCHAR";
}

bool is_time(ColumnKind kind)
{
  return kind == ColumnKind::date || kind == ColumnKind::moment || kind == ColumnKind::instant;
}

bool is_number(ColumnKind kind)
{
  return kind == ColumnKind::integer || kind == ColumnKind::huge || kind == ColumnKind::decimal ||
         kind == ColumnKind::single || kind == ColumnKind::floating;
}

ColumnKind narrowest_kind(const KindCounts& counts)
{
  if (counts.cells == 0) {
    return ColumnKind::empty;
  }
  const auto all = std::find(counts.of_kind.begin(), counts.of_kind.end(), counts.cells);
  return all == counts.of_kind.end()
             ? ColumnKind::text
             : k_tested_kinds[static_cast<std::size_t>(all - counts.of_kind.begin())];
}

}  // namespace mlrepro::plan
