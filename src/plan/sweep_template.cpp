// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/sweep_template.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/suggest.hpp"

namespace mlrepro::plan {
namespace {

using model::Error;
using model::ErrorKind;

constexpr const char* k_item = "item";

bool is_name(std::string_view text)
{
  const auto letter = [](char c) {
    return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_';
  };
  return !text.empty() && letter(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return letter(c) || std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '.' ||
                  c == '-' || c == '/';
         });
}

// Calls `plain` with each stretch of text between placeholders, "{{name}}" already as "{name}",
// and `name` with each placeholder's name.
template <typename Plain, typename Name>
void scan(std::string_view text, Plain plain, Name name)
{
  std::size_t done = 0;
  for (std::size_t open = text.find('{'); open != std::string_view::npos;
       open = text.find('{', open)) {
    const bool doubled = text.substr(open).starts_with("{{");
    const std::size_t begin = open + (doubled ? 2 : 1);
    const std::size_t close = text.find('}', begin);
    if (close == std::string_view::npos) {
      break;
    }
    const std::string_view inside = text.substr(begin, close - begin);
    if (!is_name(inside) || (doubled && !text.substr(close).starts_with("}}"))) {
      ++open;
      continue;
    }
    plain(text.substr(done, open - done));
    if (doubled) {
      plain(text.substr(open + 1, close - open));
    } else {
      name(inside);
    }
    done = close + (doubled ? 2 : 1);
    open = done;
  }
  plain(text.substr(done));
}

[[noreturn]] void refuse_unknown(const std::string& name, const std::string& text,
                                 const std::vector<std::string>& known)
{
  const std::string near = did_you_mean(name, known);
  throw Error(ErrorKind::usage, "'{" + name + "}' in '" + text + "': no --each has that name",
              near.empty() ? "give it values with --each " + name + "=1,2, or write {{" + name +
                                 "}} for those very characters"
                           : near);
}

}  // namespace

std::set<std::string> placeholders_in(std::string_view text)
{
  std::set<std::string> names;
  scan(
      text, [](std::string_view) {}, [&](std::string_view name) { names.emplace(name); });
  return names;
}

std::string fill_placeholders(std::string_view text, const model::SweepPoint& point,
                              std::uint64_t item)
{
  std::string filled;
  scan(
      text, [&](std::string_view plain) { filled += plain; },
      [&](std::string_view name) {
        const auto found = std::find_if(point.begin(), point.end(),
                                        [&](const auto& value) { return value.first == name; });
        if (found != point.end()) {
          filled += found->second;
        } else if (name == k_item) {
          filled += std::to_string(item);
        } else {
          filled += "{" + std::string(name) + "}";
        }
      });
  return filled;
}

void check_placeholders(const std::vector<std::string>& texts,
                        const std::vector<model::SweepAxis>& axes,
                        const std::set<std::string>& more)
{
  std::vector<std::string> known = {k_item};
  for (const model::SweepAxis& axis : axes) {
    known.push_back(axis.key);
  }
  known.insert(known.end(), more.begin(), more.end());
  std::set<std::string> used = more;
  for (const std::string& text : texts) {
    for (const std::string& name : placeholders_in(text)) {
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        refuse_unknown(name, text, known);
      }
      used.insert(name);
    }
  }
  for (const model::SweepAxis& axis : axes) {
    if (!used.contains(axis.key)) {
      throw Error(ErrorKind::usage,
                  "--each " + axis.key + ": {" + axis.key + "} is not in the command",
                  "write {" + axis.key + "} where its value belongs, as in --" + axis.key + " {" +
                      axis.key + "}");
    }
  }
}

}  // namespace mlrepro::plan
