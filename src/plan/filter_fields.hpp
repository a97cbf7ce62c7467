// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/plan/filter.hpp"

namespace mlrepro::plan {

// What the values of a field are.
enum class FieldType { number, text, number_or_text, time, boolean, level, status, id, version };

FieldType type_of(const FilterField& field);

// "metrics" and the other words before the dot, in small letters.
std::optional<FilterField::Kind> find_prefix(std::string_view word);

// The name here of what MLflow calls `key`, such as started_at of start_time; else `key` itself.
std::string own_attribute(const std::string& key);

// The keys of a kind that has only those.
const std::vector<std::string>& fixed_keys(FilterField::Kind kind);
bool is_known(const FilterField& field);

// What a value's text says as the number of its type.
std::optional<double> to_time(const std::string& text);   // in milliseconds
std::optional<double> to_level(const std::string& name);  // in small letters
bool is_id_prefix(std::string_view text);

}  // namespace mlrepro::plan
