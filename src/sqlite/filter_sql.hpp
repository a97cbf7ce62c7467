// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/plan/filter.hpp"
#include "mlrepro/ports/run_store.hpp"
#include "sqlite/statement.hpp"

namespace mlrepro::sqlite {

// SQL with '?' for `values`, in their order. Nothing that a user wrote is part of the text.
struct SqlText {
  std::string text;
  std::vector<Value> values;
};

void append(SqlText& to, const SqlText& more);

// "=", "LIKE", "GLOB" and so on.
std::string_view sign_of(plan::FilterOperator comparison);
// What stands behind the sign: a pattern as GLOB has it where letters match in their own case only.
Value operand(const plan::Filter& filter, const plan::FilterValue& value);

// A field of the row `r` of the table runs that is one of plan::filter_attributes() or of
// plan::SearchKind::runs.
std::string attribute_column(const std::string& name);
// The value of a field; `number`: as a number where it can be both.
SqlText to_expression(const plan::FilterField& field, bool number);

// A statement that gives runs.number of the runs that `query` selects, in its order.
// Throws Error{usage} for a filter or sort key that makes no sense.
SqlText select_runs(const Database& database, const ports::RunQuery& query);

// A condition on the row `r` of the table runs.
SqlText to_condition(const plan::Filter& filter);
// The same with other SQL for comparisons.
SqlText to_condition(const plan::Filter& filter,
                     const std::function<SqlText(const plan::Filter&)>& comparison);

// "column >= ? AND column < ?", which an index answers.
SqlText starts_with(const std::string& column, const std::string& prefix);

}  // namespace mlrepro::sqlite
