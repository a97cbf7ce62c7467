// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/compare_columns.hpp"

#include <algorithm>

namespace mlrepro::plan {
namespace {

using model::QueryColumn;

const QueryColumn* find(const std::vector<QueryColumn>& columns, const std::string& name)
{
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [&](const QueryColumn& column) { return column.name == name; });
  return found == columns.end() ? nullptr : &*found;
}

bool is_decimal(const std::string& type)
{
  return type.starts_with("DECIMAL(");
}

// What stored types are to somebody who does not know the source.
std::string class_of(const std::string& type)
{
  if (is_decimal(type) || type.ends_with("INT") || type == "INTEGER" || type == "FLOAT" ||
      type == "DOUBLE") {
    return "number";
  }
  const bool local = type.starts_with("TIMESTAMP") && type != "TIMESTAMP WITH TIME ZONE";
  return local ? "TIMESTAMP" : type;  // of seconds to nanoseconds
}

bool is_retyped(const QueryColumn& then, const QueryColumn& now, TypeNames names)
{
  if (names == TypeNames::foreign) {
    return class_of(then.type) != class_of(now.type);
  }
  if (then.source_type != now.source_type) {
    return true;
  }
  return then.type != now.type && !(is_decimal(then.type) && is_decimal(now.type));
}

}  // namespace

ColumnChanges compare_columns(const std::vector<QueryColumn>& then,
                              const std::vector<QueryColumn>& now, TypeNames names)
{
  ColumnChanges changes;
  std::vector<std::string> order_then;
  std::vector<std::string> order_now;
  for (const QueryColumn& column : then) {
    const QueryColumn* const other = find(now, column.name);
    if (other == nullptr) {
      changes.removed.push_back(column);
      continue;
    }
    order_then.push_back(column.name);
    if (is_retyped(column, *other, names)) {
      changes.retyped.push_back({column, *other});
    }
  }
  for (const QueryColumn& column : now) {
    if (find(then, column.name) == nullptr) {
      changes.added.push_back(column);
    } else {
      order_now.push_back(column.name);
    }
  }
  changes.common = order_then.size();
  changes.reordered = order_then != order_now;
  return changes;
}

}  // namespace mlrepro::plan
