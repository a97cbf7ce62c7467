// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/model/sweep.hpp"

namespace mlrepro::plan {

// A placeholder is a name in braces: "{lr}". "{{lr}}" is the text "{lr}", and braces around
// anything but a name, as in JSON or awk, mean nothing.

// The names that `text` has placeholders for.
std::set<std::string> placeholders_in(std::string_view text);

// With the values of `point` in place of their placeholders, and `item` in that of "{item}". Others
// stay as they are.
std::string fill_placeholders(std::string_view text, const model::SweepPoint& point,
                              std::uint64_t item);

// A name that stands in no text, or a placeholder for no name, is Error{usage} with what to type.
// `more` are names that may stand there and need not, beside "item".
void check_placeholders(const std::vector<std::string>& texts,
                        const std::vector<model::SweepAxis>& axes,
                        const std::set<std::string>& more);

}  // namespace mlrepro::plan
