// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/wildcard.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace mlrepro::format {
namespace {

using Set = std::bitset<256>;

void add_range(Set& set, char low, char high)
{
  const auto first = static_cast<unsigned char>(low);
  const auto last = static_cast<unsigned char>(high);
  for (unsigned byte = first; byte <= last; ++byte) {
    set.set(byte);
  }
}

// The POSIX classes over ASCII, as Git has them whatever the locale; ranges in pairs.
std::optional<std::string_view> posix_class(std::string_view name)
{
  constexpr std::array<std::pair<std::string_view, std::string_view>, 12> k_classes = {{
      {"alnum", "09AZaz"},
      {"alpha", "AZaz"},
      {"blank", "  \t\t"},
      {"cntrl", {"\0\x1f\x7f\x7f", 4}},
      {"digit", "09"},
      {"graph", "!~"},
      {"lower", "az"},
      {"print", " ~"},
      {"punct", "!/:@[`{~"},
      {"space", "\t\r  "},
      {"upper", "AZ"},
      {"xdigit", "09AFaf"},
  }};
  for (const auto& [known, ranges] : k_classes) {
    if (known == name) {
      return ranges;
    }
  }
  return std::nullopt;
}

// "[:alpha:]" at the front of `rest`, inside a class. Absent where it is no such name and '['
// stands for itself; false for a name that does not exist.
std::optional<bool> take_posix_class(std::string_view& rest, Set& set)
{
  if (!rest.starts_with("[:")) {
    return std::nullopt;
  }
  const std::size_t end = rest.find(']', 2);
  if (end == std::string_view::npos) {
    return false;
  }
  if (end < 3 || rest[end - 1] != ':') {
    return std::nullopt;
  }
  const auto ranges = posix_class(rest.substr(2, end - 3));
  if (!ranges) {
    return false;
  }
  for (std::size_t i = 0; i < ranges->size(); i += 2) {
    add_range(set, (*ranges)[i], (*ranges)[i + 1]);
  }
  rest.remove_prefix(end + 1);
  return true;
}

// One byte of a class, behind its backslash where it has one; absent at the end of the pattern.
std::optional<char> take_member(std::string_view& rest)
{
  if (rest.starts_with('\\')) {
    rest.remove_prefix(1);
  }
  if (rest.empty()) {
    return std::nullopt;
  }
  const char member = rest.front();
  rest.remove_prefix(1);
  return member;
}

}  // namespace

Wildcard::Wildcard(std::string_view pattern)
{
  bool starts_component = true;
  for (std::string_view rest = pattern; !rest.empty() && valid_;) {
    valid_ = add_part(rest, starts_component);
    starts_component =
        valid_ && (parts_.back().kind == Kind::folders || parts_.back().literal == '/');
  }
  const bool star_first = !parts_.empty() && parts_.front().kind == Kind::star;
  const auto rest = parts_.begin() + (star_first ? 1 : 0);
  const bool plain =
      std::all_of(rest, parts_.end(), [](const Part& part) { return part.kind == Kind::literal; });
  std::for_each(rest, parts_.end(), [&](const Part& part) { literal_ += part.literal; });
  is_plain_ = plain && !star_first;
  is_suffix_ = plain && star_first;
}

bool Wildcard::add_part(std::string_view& rest, bool starts_component)
{
  const char first = rest.front();
  if (first == '*') {
    add_stars(rest, starts_component);
    return true;
  }
  if (first == '[') {
    return add_class(rest);
  }
  if (first == '?') {
    parts_.push_back({Kind::any});
    rest.remove_prefix(1);
    return true;
  }
  const auto literal = take_member(rest);
  if (literal) {
    parts_.push_back({Kind::literal, *literal});
  }
  return literal.has_value();
}

void Wildcard::add_stars(std::string_view& rest, bool starts_component)
{
  const std::size_t stars = std::min(rest.find_first_not_of('*'), rest.size());
  rest.remove_prefix(stars);
  const bool ends_component = rest.empty() || rest.front() == '/' || rest.starts_with("\\/");
  if (stars == 1 || !starts_component || !ends_component) {
    parts_.push_back({Kind::star});
  } else if (rest.starts_with('/')) {
    rest.remove_prefix(1);
    parts_.push_back({Kind::folders});
  } else {
    parts_.push_back({Kind::deep_star});
  }
}

bool Wildcard::add_class(std::string_view& rest)
{
  rest.remove_prefix(1);
  const bool negated = rest.starts_with('!') || rest.starts_with('^');
  rest.remove_prefix(negated ? 1 : 0);
  Set set;
  for (bool first = true; first || !rest.starts_with(']'); first = false) {
    if (const auto taken = take_posix_class(rest, set)) {
      if (!*taken) {
        return false;
      }
      continue;
    }
    const auto low = take_member(rest);
    auto high = low;
    if (low && rest.size() > 1 && rest[0] == '-' && rest[1] != ']') {
      rest.remove_prefix(1);
      high = take_member(rest);
    }
    if (!low || !high) {
      return false;
    }
    set.set(static_cast<unsigned char>(*low));
    add_range(set, *low, *high);
  }
  rest.remove_prefix(1);
  set = negated ? ~set : set;
  set.reset('/');
  parts_.push_back({Kind::set, 0, sets_.size()});
  sets_.push_back(set);
  return true;
}

bool Wildcard::matches_one(const Part& part, char byte) const
{
  switch (part.kind) {
    case Kind::literal:
      return part.literal == byte;
    case Kind::any:
      return byte != '/';
    case Kind::set:
      return sets_[part.set].test(static_cast<unsigned char>(byte));
    case Kind::star:
    case Kind::deep_star:
    case Kind::folders:
      break;
  }
  return false;
}

// The shortest stretch for each star first; where what follows does not match, the last star takes
// one more byte. Going back further than to the last star, or where that has met a '/' to the last
// "**", could win nothing: what it stood for can be reached from the later one as well.
bool Wildcard::matches(std::string_view path) const
{
  if (!valid_) {
    return false;
  }
  if (is_plain_) {
    return path == literal_;
  }
  if (is_suffix_) {
    return path.ends_with(literal_) &&
           path.substr(0, path.size() - literal_.size()).find('/') == std::string_view::npos;
  }
  struct Retry {
    std::size_t part = std::string_view::npos;
    std::size_t at = 0;
  };
  Retry star;
  Retry deep;
  std::size_t part = 0;
  std::size_t at = 0;
  while (at < path.size() || part < parts_.size()) {
    const Kind kind = part < parts_.size() ? parts_[part].kind : Kind::literal;
    if (part < parts_.size() && kind == Kind::star) {
      star = {++part, at};
    } else if (part < parts_.size() && (kind == Kind::deep_star || kind == Kind::folders)) {
      deep = {++part, at};
      star = {};
    } else if (part < parts_.size() && at < path.size() && matches_one(parts_[part], path[at])) {
      ++part;
      ++at;
    } else if (star.part != std::string_view::npos && star.at < path.size() &&
               path[star.at] != '/') {
      part = star.part;
      at = ++star.at;
    } else if (deep.part != std::string_view::npos) {
      star = {};
      const bool folders = parts_[deep.part - 1].kind == Kind::folders;
      const std::size_t next = folders ? path.find('/', deep.at) : deep.at;
      if (next >= path.size()) {
        return false;
      }
      part = deep.part;
      at = deep.at = next + 1;
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace mlrepro::format
