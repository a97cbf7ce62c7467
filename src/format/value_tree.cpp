// SPDX-License-Identifier: Apache-2.0
#include "format/value_tree.hpp"

#include <algorithm>

#include "mlrepro/model/error.hpp"

namespace mlrepro::format {

ValueTree::ValueTree() = default;
ValueTree::ValueTree(const ValueTree&) = default;
ValueTree::ValueTree(ValueTree&&) noexcept = default;
ValueTree& ValueTree::operator=(const ValueTree&) = default;
ValueTree& ValueTree::operator=(ValueTree&&) noexcept = default;
ValueTree::~ValueTree() = default;

void refuse_file(const std::string& file, const std::string& position, const std::string& why)
{
  throw model::Error(
      model::ErrorKind::usage,
      "file '" + file + "'" + (position.empty() ? "" : ", " + position) + ": " + why);
}

std::string position_text(std::size_t line, std::size_t column)
{
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

std::string position_text(std::string_view text, std::size_t byte)
{
  const std::string_view before = text.substr(0, std::min(byte, text.size()));
  const auto lines = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
  const std::size_t start = before.rfind('\n');
  return position_text(lines + 1,
                       before.size() - (start == std::string_view::npos ? 0 : start + 1) + 1);
}

std::string_view without_byte_order_mark(std::string_view text)
{
  constexpr std::string_view k_mark = "\xef\xbb\xbf";
  return text.starts_with(k_mark) ? text.substr(k_mark.size()) : text;
}

std::string joined_key(const std::string& prefix, const std::string& key)
{
  return prefix.empty() ? key : prefix + "." + key;
}

ValueTree parse_value_tree(const std::string& file_name, std::string_view text)
{
  text = without_byte_order_mark(text);
  if (file_name.ends_with(".json")) {
    return parse_json_tree(file_name, text);
  }
  if (file_name.ends_with(".toml")) {
    return parse_toml_tree(file_name, text);
  }
  if (file_name.ends_with(".yaml") || file_name.ends_with(".yml")) {
    return parse_yaml_tree(file_name, text);
  }
  refuse_file(file_name, "", "its ending is none of .yaml, .yml, .json and .toml");
}

ValueTree parse_map_tree(const std::string& file_name, std::string_view text)
{
  ValueTree tree = parse_value_tree(file_name, text);
  const bool empty =
      tree.kind == ValueTree::Kind::scalar && (tree.text == "null" || tree.text.empty());
  if (tree.kind != ValueTree::Kind::map && !empty) {
    refuse_file(file_name, "", "its top level is no map of names to values");
  }
  tree.kind = ValueTree::Kind::map;
  return tree;
}

}  // namespace mlrepro::format
