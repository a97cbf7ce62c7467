// SPDX-License-Identifier: Apache-2.0
#include "format/value_tree.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::format {
namespace {

using Json = nlohmann::ordered_json;

// Deeper than any hand-written file, and far from the end of the stack.
constexpr int k_max_depth = 100;
// More than any hand-written file, and far from what aliases of aliases can expand to.
constexpr std::size_t k_max_values = 200'000;

[[noreturn]] void refuse(const std::string& file, const std::string& position,
                         const std::string& why)
{
  throw model::Error(
      model::ErrorKind::usage,
      "file '" + file + "'" + (position.empty() ? "" : ", " + position) + ": " + why);
}

void check_unique(ValueTree& map, const std::string& key, const std::string& file,
                  const std::string& position)
{
  for (const auto& [known, value] : map.members) {
    if (known == key) {
      refuse(file, position, "key '" + key + "' stands twice");
    }
  }
}

// Builds the tree while nlohmann parses, since its own objects drop a key's first value silently.
class JsonBuilder final : public nlohmann::json_sax<Json> {
 public:
  JsonBuilder(const std::string& file, std::string_view text) : file_(file), text_(text) {}

  bool null() override { return scalar("null"); }
  bool boolean(bool value) override { return scalar(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return scalar(std::to_string(value)); }
  bool number_unsigned(number_unsigned_t value) override { return scalar(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& text) override { return scalar(text); }
  bool string(string_t& value) override { return scalar(value); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return open(ValueTree::Kind::map); }
  bool key(string_t& value) override
  {
    check_unique(*open_.back(), value, file_, "");
    key_ = value;
    return true;
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(ValueTree::Kind::list); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t position, const std::string& token,
                   const nlohmann::detail::exception&) override
  {
    refuse(file_, position_text(text_, position == 0 ? 0 : position - 1),
           token.empty() ? "the file ends early" : "'" + token + "' is not expected here");
  }

  ValueTree root;

 private:
  bool scalar(std::string text)
  {
    place()->text = std::move(text);
    return true;
  }

  bool open(ValueTree::Kind kind)
  {
    if (open_.size() >= k_max_depth) {
      refuse(file_, "", "nested too deeply");
    }
    ValueTree* value = place();
    value->kind = kind;
    open_.push_back(value);
    return true;
  }

  bool close()
  {
    open_.pop_back();
    return true;
  }

  ValueTree* place()
  {
    if (open_.empty()) {
      return &root;
    }
    ValueTree& parent = *open_.back();
    if (parent.kind == ValueTree::Kind::map) {
      return &parent.members.emplace_back(key_, ValueTree()).second;
    }
    return &parent.items.emplace_back();
  }

  const std::string& file_;
  std::string_view text_;
  std::vector<ValueTree*> open_;
  std::string key_;
};

class YamlReader {
 public:
  explicit YamlReader(const std::string& file) : file_(file) {}

  ValueTree convert(const YAML::Node& node, int depth)
  {
    if (depth > k_max_depth || ++values_ > k_max_values) {
      refuse(file_, where(node), "nested too deeply or expanded too far");
    }
    ValueTree tree;
    switch (node.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null:
        tree.text = "null";
        break;
      case YAML::NodeType::Scalar:
        tree.text = node.Scalar();
        break;
      case YAML::NodeType::Sequence:
        tree.kind = ValueTree::Kind::list;
        for (const YAML::Node& item : node) {
          tree.items.push_back(convert(item, depth + 1));
        }
        break;
      case YAML::NodeType::Map:
        convert_map(node, depth, tree);
        break;
    }
    return tree;
  }

 private:
  static std::string where(const YAML::Node& node)
  {
    const YAML::Mark mark = node.Mark();
    return "line " + std::to_string(mark.line + 1) + ", column " + std::to_string(mark.column + 1);
  }

  void convert_map(const YAML::Node& node, int depth, ValueTree& tree)
  {
    tree.kind = ValueTree::Kind::map;
    for (const auto& item : node) {
      if (!item.first.IsScalar()) {
        refuse(file_, where(item.first), "a key must be plain text");
      }
      const std::string& key = item.first.Scalar();
      if (key == "<<") {
        continue;
      }
      check_unique(tree, key, file_, where(item.first));
      tree.members.emplace_back(key, convert(item.second, depth + 1));
    }
    merge(node["<<"], depth, tree);
  }

  // Merge keys give only what the map itself does not have.
  void merge(const YAML::Node& source, int depth, ValueTree& tree)
  {
    if (!source.IsDefined()) {
      return;
    }
    if (source.IsSequence()) {
      for (const YAML::Node& part : source) {
        merge(part, depth, tree);
      }
      return;
    }
    for (auto& [key, value] : convert(source, depth + 1).members) {
      const bool known =
          std::any_of(tree.members.begin(), tree.members.end(),
                      [&name = key](const auto& member) { return member.first == name; });
      if (!known) {
        tree.members.emplace_back(key, std::move(value));
      }
    }
  }

  const std::string& file_;
  std::size_t values_ = 0;
};

ValueTree convert_toml(const toml::node& node)
{
  ValueTree tree;
  if (const toml::table* table = node.as_table()) {
    tree.kind = ValueTree::Kind::map;
    for (const auto& [key, value] : *table) {
      tree.members.emplace_back(std::string(key.str()), convert_toml(value));
    }
  } else if (const toml::array* array = node.as_array()) {
    tree.kind = ValueTree::Kind::list;
    for (const toml::node& item : *array) {
      tree.items.push_back(convert_toml(item));
    }
  } else if (const auto* text = node.as_string()) {
    tree.text = text->get();
  } else if (const auto* number = node.as_floating_point()) {
    tree.text = to_text(number->get());
  } else {
    std::ostringstream out;
    node.visit([&](const auto& value) {
      if constexpr (toml::is_value<decltype(value)>) {
        out << value;
      }
    });
    tree.text = out.str();
  }
  return tree;
}

ValueTree parse_json(const std::string& file, std::string_view text)
{
  JsonBuilder builder(file, text);
  Json::sax_parse(text.begin(), text.end(), &builder);
  return std::move(builder.root);
}

ValueTree parse_yaml(const std::string& file, std::string_view text)
{
  try {
    return YamlReader(file).convert(YAML::Load(std::string(text)), 0);
  } catch (const YAML::Exception& error) {
    refuse(file,
           "line " + std::to_string(error.mark.line + 1) + ", column " +
               std::to_string(error.mark.column + 1),
           error.msg);
  }
}

ValueTree parse_toml(const std::string& file, std::string_view text)
{
  try {
    return convert_toml(toml::parse(text));
  } catch (const toml::parse_error& error) {
    const auto& begin = error.source().begin;
    refuse(file, "line " + std::to_string(begin.line) + ", column " + std::to_string(begin.column),
           std::string(error.description()));
  }
}

}  // namespace

std::string position_text(std::string_view text, std::size_t byte)
{
  const std::string_view before = text.substr(0, std::min(byte, text.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t start = before.rfind('\n');
  const std::size_t column = before.size() - (start == std::string_view::npos ? 0 : start + 1) + 1;
  return "line " + std::to_string(line) + ", column " + std::to_string(column);
}

ValueTree parse_value_tree(const std::string& file_name, std::string_view text)
{
  if (text.starts_with("\xef\xbb\xbf")) {
    text.remove_prefix(3);
  }
  if (file_name.ends_with(".json")) {
    return parse_json(file_name, text);
  }
  if (file_name.ends_with(".toml")) {
    return parse_toml(file_name, text);
  }
  if (file_name.ends_with(".yaml") || file_name.ends_with(".yml")) {
    return parse_yaml(file_name, text);
  }
  refuse(file_name, "", "its ending is none of .yaml, .yml, .json and .toml");
}

}  // namespace mlrepro::format
