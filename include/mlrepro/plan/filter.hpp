// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mlrepro::plan {

// What a comparison looks at. `key` is the part after the dot: a metric's, parameter's or tag's
// key, a path, what an environment has (plan::environment_item), what a logged dataset has ("name",
// "digest", "context"), or one of the fixed names of attributes, code ("commit", "branch", "dirty")
// and level ("recorded", "proven").
struct FilterField {
  enum class Kind {
    metric,
    param,
    tag,
    attribute,
    code,
    level,
    input,
    output,
    environment,
    dataset
  };
  Kind kind = Kind::attribute;
  std::string key;

  bool operator==(const FilterField&) const = default;
};

// `number` is set where the field or the way it was written makes the value a number: times in
// milliseconds, levels 0 to 5, booleans 0 or 1.
struct FilterValue {
  std::string text;
  std::optional<double> number;

  bool operator==(const FilterValue&) const = default;
};

enum class FilterOperator {
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  like,
  not_like,  // '%' any text, '_' any character; ASCII letters match in both cases
  in,
  not_in,
  is_null,
  is_not_null,
  like_exactly,
  not_like_exactly,  // letters match in their own case only
};

// A condition on a run. Where a run lacks the field, only "is null" holds, as in SQL; that also
// goes for "not". Snapshots (inputs, outputs) and code.commit are equal to a prefix of their id.
struct Filter {
  enum class Kind { all, comparison, conjunction, disjunction, negation };
  Kind kind = Kind::all;
  std::vector<Filter> children;  // of the last three kinds
  FilterField field;             // and what follows: of a comparison
  FilterOperator comparison = FilterOperator::equal;
  std::vector<FilterValue> values;

  bool operator==(const Filter&) const = default;
};

// An empty text is Kind::all. Throws Error{usage} naming the column, from 1, and what is wrong.
Filter parse_filter(std::string_view text);

// "metrics.x", "params.x", "attributes.x", "code.x", …, or an attribute's bare name; absent for
// everything else.
std::optional<FilterField> parse_field(std::string_view text);

const std::vector<std::string>& filter_attributes();

}  // namespace mlrepro::plan
