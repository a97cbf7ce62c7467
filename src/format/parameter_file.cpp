// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/parameter_file.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "format/json_values.hpp"
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

// "[1, 2]". What would read as another list without quotes has quotes, as JSON would write it.
std::string list_text(const ValueTree& list)
{
  std::string text = "[";
  for (const ValueTree& item : list.items) {
    const bool quoted = item.text.empty() ||
                        item.text.find_first_of(",[]\"\n") != std::string::npos ||
                        item.text.starts_with(' ') || item.text.ends_with(' ');
    text += text.size() > 1 ? ", " : "";
    text += quoted ? text_value(item.text).dump() : item.text;
  }
  return text + "]";
}

class Flattener {
 public:
  explicit Flattener(const std::string& file) : file_(file) {}

  Parameters flatten(const ValueTree& tree)
  {
    for (const auto& [key, value] : tree.members) {
      add(value, key);
    }
    return std::move(parameters_);
  }

 private:
  void add(const ValueTree& tree, const std::string& key)
  {
    if (tree.kind == ValueTree::Kind::scalar) {
      put(key, tree.text);
    } else if (is_plain_list(tree)) {
      put(key, list_text(tree));
    } else if (tree.kind == ValueTree::Kind::list) {
      for (std::size_t i = 0; i < tree.items.size(); ++i) {
        add(tree.items[i], joined_key(key, std::to_string(i)));
      }
    } else if (tree.members.empty()) {
      put(key, "{}");
    } else {
      for (const auto& [name, value] : tree.members) {
        add(value, joined_key(key, name));
      }
    }
  }

  // "a.b" may be a key with a dot as well as "b" in "a".
  void put(const std::string& key, const std::string& value)
  {
    if (!parameters_.emplace(key, value).second) {
      refuse_file(file_, "", "key '" + key + "' stands twice, once by a dot in its name");
    }
  }

  const std::string& file_;
  Parameters parameters_;
};

// Where `old` stands in the text: first the places behind the key's own name, then the others.
// Each costs a reading of the file, so there is an end to it.
std::vector<std::size_t> places_to_try(std::string_view text, const std::string& key,
                                       const std::string& old)
{
  constexpr std::size_t k_most = 1000;
  const std::string_view name = std::string_view(key).substr(key.rfind('.') + 1);
  std::vector<std::size_t> places;
  const auto add = [&](std::size_t at) {
    if (at != std::string_view::npos && places.size() < k_most &&
        std::find(places.begin(), places.end(), at) == places.end()) {
      places.push_back(at);
    }
  };
  for (std::size_t at = text.find(name); at != std::string_view::npos && places.size() < k_most;
       at = text.find(name, at + 1)) {
    add(text.find(old, at + name.size()));
  }
  for (std::size_t at = text.find(old); at != std::string_view::npos && places.size() < k_most;
       at = text.find(old, at + 1)) {
    add(at);
  }
  return places;
}

// How a new value is tried: instead of the old text, with quotes, or with them instead of those
// that the old one has.
enum class Written { as_it_is, quoted, quoted_anew };

bool is_quoted(std::string_view text, std::size_t at, std::size_t size)
{
  return at > 0 && at + size < text.size() && text[at - 1] == text[at + size] &&
         (text[at - 1] == '\'' || text[at - 1] == '"');
}

bool reads_as(const std::string& file_name, std::string_view text, const Parameters& wanted)
{
  try {
    return parse_parameters(file_name, text) == wanted;
  } catch (const model::Error&) {
    return false;
  }
}

}  // namespace

Parameters parse_parameters(const std::string& file_name, std::string_view text,
                            const std::string& subtree)
{
  Parameters all = Flattener(file_name).flatten(parse_map_tree(file_name, text));
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
    refuse_file(file_name, "", "no key '" + subtree + "'");
  }
  return part;
}

std::optional<std::string> with_parameter(const std::string& file_name, std::string_view text,
                                          const std::string& key, const std::string& value)
{
  Parameters wanted = parse_parameters(file_name, text);
  const auto entry = wanted.find(key);
  if (entry == wanted.end() || entry->second == value) {
    return entry == wanted.end() ? std::nullopt : std::optional(std::string(text));
  }
  const std::string old = std::exchange(entry->second, value);
  if (old.empty()) {
    return std::nullopt;
  }
  // Where a value stands, only the parser of each format knows, and none of them tells. So the
  // places that have the old text are tried, and the file read again: the right one is where this
  // value changes and no other. A word that the format would read as something else gets quotes.
  const std::vector<std::size_t> places = places_to_try(text, key, old);
  const std::string quoted = text_value(value).dump();
  for (const Written how : {Written::as_it_is, Written::quoted, Written::quoted_anew}) {
    for (std::size_t at : places) {
      std::size_t size = old.size();
      if (how == Written::quoted_anew) {
        if (!is_quoted(text, at, size)) {
          continue;
        }
        --at;
        size += 2;
      }
      std::string changed(text);
      changed.replace(at, size, how == Written::as_it_is ? value : quoted);
      if (reads_as(file_name, changed, wanted)) {
        return changed;
      }
    }
  }
  return std::nullopt;
}

}  // namespace mlrepro::format
