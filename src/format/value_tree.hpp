// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mlrepro::format {

// What YAML, JSON and TOML have in common. A scalar keeps its text.
struct ValueTree {
  enum class Kind { scalar, list, map } kind = Kind::scalar;
  std::string text;
  bool is_null = false;                                    // its text is "null"; YAML alone says
  std::vector<ValueTree> items;                            // of a list
  std::vector<std::pair<std::string, ValueTree>> members;  // of a map, in the file's order

  // Defined elsewhere: clang 14 would need the pairs to be complete in here.
  ValueTree();
  ValueTree(const ValueTree&);
  ValueTree(ValueTree&&) noexcept;
  ValueTree& operator=(const ValueTree&);
  ValueTree& operator=(ValueTree&&) noexcept;
  ~ValueTree();
};

// Deeper than any hand-written file, and far from the end of the stack.
inline constexpr std::size_t k_max_depth = 100;

// By the ending of `file_name`: .yaml .yml .json .toml. Throws Error{usage} with the position.
ValueTree parse_value_tree(const std::string& file_name, std::string_view text);

// The same for a file whose top level must be a map; an empty file is an empty map.
ValueTree parse_map_tree(const std::string& file_name, std::string_view text);

// "model" and "depth" make "model.depth"; the top has no name.
std::string joined_key(const std::string& prefix, const std::string& key);

// The 1-based line and column of a byte, as "line 3, column 5".
std::string position_text(std::string_view text, std::size_t byte);
std::string position_text(std::size_t line, std::size_t column);  // both from 1

std::string_view without_byte_order_mark(std::string_view text);

// Throws Error{usage}: "file 'params.yaml', line 3, column 5: why". `position` may be empty.
[[noreturn]] void refuse_file(const std::string& file, const std::string& position,
                              const std::string& why);

// The keys that one map has so far. A map may be large, so its members are no place to search.
class KeySet {
 public:
  // False: it was there already.
  bool add(const std::string& key) { return keys_.insert(key).second; }

 private:
  std::set<std::string> keys_;
};

ValueTree parse_json_tree(const std::string& file, std::string_view text);
ValueTree parse_yaml_tree(const std::string& file, std::string_view text);
ValueTree parse_toml_tree(const std::string& file, std::string_view text);

}  // namespace mlrepro::format
