// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/parameter_file.hpp"

#include <algorithm>

#include "format/value_tree.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::format {
namespace {

using Parameters = std::map<std::string, std::string>;

bool is_plain_list(const ValueTree& tree)
{
  return tree.kind == ValueTree::Kind::list &&
         std::all_of(tree.items.begin(), tree.items.end(),
                     [](const ValueTree& item) { return item.kind == ValueTree::Kind::scalar; });
}

std::string list_text(const ValueTree& list)
{
  std::string text = "[";
  for (const ValueTree& item : list.items) {
    text += (text.size() > 1 ? ", " : "") + item.text;
  }
  return text + "]";
}

std::string joined(const std::string& prefix, const std::string& key)
{
  return prefix.empty() ? key : prefix + "." + key;
}

void flatten(const ValueTree& tree, const std::string& prefix, Parameters& out)
{
  if (tree.kind == ValueTree::Kind::scalar) {
    out[prefix] = tree.text;
  } else if (is_plain_list(tree)) {
    out[prefix] = list_text(tree);
  } else if (tree.kind == ValueTree::Kind::list) {
    for (std::size_t i = 0; i < tree.items.size(); ++i) {
      flatten(tree.items[i], joined(prefix, std::to_string(i)), out);
    }
  } else {
    for (const auto& [key, value] : tree.members) {
      flatten(value, joined(prefix, key), out);
    }
  }
}

}  // namespace

Parameters parse_parameters(const std::string& file_name, std::string_view text,
                            const std::string& subtree)
{
  const ValueTree tree = parse_value_tree(file_name, text);
  if (tree.kind != ValueTree::Kind::map) {
    const bool empty =
        tree.kind == ValueTree::Kind::scalar && (tree.text == "null" || tree.text.empty());
    if (empty) {
      return {};
    }
    throw model::Error(model::ErrorKind::usage,
                       "file '" + file_name + "': its top level is no map of names to values");
  }
  Parameters all;
  flatten(tree, "", all);
  if (subtree.empty()) {
    return all;
  }
  Parameters part;
  for (const auto& [key, value] : all) {
    if (key == subtree || key.starts_with(subtree + ".")) {
      part.emplace(key, value);
    }
  }
  if (part.empty()) {
    throw model::Error(model::ErrorKind::usage,
                       "file '" + file_name + "': no key '" + subtree + "'");
  }
  return part;
}

}  // namespace mlrepro::format
