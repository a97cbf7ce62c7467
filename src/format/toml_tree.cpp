// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <sstream>
#include <stdexcept>

// toml++ 3.3 asserts what malformed text can break ("[=]"), and a release build would assume it to
// hold: here it is checked in every build, and what breaks it is refused.
namespace {
[[noreturn]] void refuse_assertion()
{
  throw std::logic_error("it is malformed");
}
}  // namespace
#undef NDEBUG
#define TOML_ASSERT(condition) ((condition) ? static_cast<void>(0) : refuse_assertion())
#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

#include "format/value_tree.hpp"
#include "mlrepro/format/number_text.hpp"

namespace mlrepro::format {
namespace {

ValueTree convert(const toml::node& node)
{
  ValueTree tree;
  if (const toml::table* table = node.as_table()) {
    tree.kind = ValueTree::Kind::map;
    for (const auto& [key, value] : *table) {
      tree.members.emplace_back(std::string(key.str()), convert(value));
    }
  } else if (const toml::array* array = node.as_array()) {
    tree.kind = ValueTree::Kind::list;
    for (const toml::node& item : *array) {
      tree.items.push_back(convert(item));
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

// TOML has none of them, and toml++ takes some for the end of the text.
void refuse_control_characters(const std::string& file, std::string_view text)
{
  const auto* const found = std::find_if(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7f;
  });
  if (found != text.end()) {
    refuse_file(file, position_text(text, static_cast<std::size_t>(found - text.begin())),
                "a control character");
  }
}

}  // namespace

ValueTree parse_toml_tree(const std::string& file, std::string_view text)
{
  refuse_control_characters(file, text);
  try {
    return convert(toml::parse(text));
  } catch (const toml::parse_error& error) {
    const auto& begin = error.source().begin;
    refuse_file(file, position_text(begin.line, begin.column), std::string(error.description()));
  } catch (const std::logic_error& broken) {
    refuse_file(file, "", broken.what());
  }
}

}  // namespace mlrepro::format
