// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mlrepro::format {

// What YAML, JSON and TOML have in common. A scalar keeps its text.
struct ValueTree {
  enum class Kind { scalar, list, map } kind = Kind::scalar;
  std::string text;
  std::vector<ValueTree> items;                            // of a list
  std::vector<std::pair<std::string, ValueTree>> members;  // of a map, in the file's order
};

// By the ending of `file_name`: .yaml .yml .json .toml. Throws Error{usage} with the position.
ValueTree parse_value_tree(const std::string& file_name, std::string_view text);

// The 1-based line and column of a byte, as "line 3, column 5".
std::string position_text(std::string_view text, std::size_t byte);

}  // namespace mlrepro::format
