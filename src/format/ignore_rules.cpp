// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/ignore_rules.hpp"

#include <algorithm>

namespace mlrepro::format {
namespace {

// Reads the class behind '[' and says whether `c` is in it; absent when it is not closed, and
// then '[' stands for itself.
std::optional<bool> match_class(std::string_view& pattern, char c)
{
  std::string_view rest = pattern.substr(1);
  const bool negated = rest.starts_with('!') || rest.starts_with('^');
  if (negated) {
    rest.remove_prefix(1);
  }
  bool matched = false;
  for (bool first = true; !rest.empty() && (first || rest.front() != ']'); first = false) {
    if (rest.front() == '\\' && rest.size() > 1) {
      rest.remove_prefix(1);
    }
    const char low = rest.front();
    rest.remove_prefix(1);
    char high = low;
    if (rest.size() > 1 && rest[0] == '-' && rest[1] != ']') {
      high = rest[1];
      rest.remove_prefix(2);
    }
    const auto in = [](char x) { return static_cast<unsigned char>(x); };
    matched = matched || (in(low) <= in(c) && in(c) <= in(high));
  }
  if (rest.empty()) {
    return std::nullopt;
  }
  pattern = rest.substr(1);
  return matched != negated && c != '/';
}

bool match_stars(std::string_view pattern, std::string_view path)
{
  const bool crosses = pattern.starts_with("**");
  std::string_view rest = pattern.substr(std::min(pattern.find_first_not_of('*'), pattern.size()));
  // "**/" also stands for no folder at all.
  if (crosses && rest.starts_with('/') && matches_wildcard(rest.substr(1), path)) {
    return true;
  }
  for (std::size_t i = 0; i <= path.size(); ++i) {
    if (matches_wildcard(rest, path.substr(i))) {
      return true;
    }
    if (i < path.size() && path[i] == '/' && !crosses) {
      return false;
    }
  }
  return false;
}

}  // namespace

bool matches_wildcard(std::string_view pattern, std::string_view path)
{
  while (!pattern.empty()) {
    if (pattern.front() == '*') {
      return match_stars(pattern, path);
    }
    if (path.empty()) {
      return false;
    }
    if (pattern.front() == '[') {
      if (const auto matched = match_class(pattern, path.front())) {
        if (!*matched) {
          return false;
        }
        path.remove_prefix(1);
        continue;
      }
    } else if (pattern.front() == '?') {
      if (path.front() == '/') {
        return false;
      }
      pattern.remove_prefix(1);
      path.remove_prefix(1);
      continue;
    } else if (pattern.front() == '\\' && pattern.size() > 1) {
      pattern.remove_prefix(1);
    }
    if (pattern.front() != path.front()) {
      return false;
    }
    pattern.remove_prefix(1);
    path.remove_prefix(1);
  }
  return path.empty();
}

IgnoreRules IgnoreRules::parse(std::string_view text)
{
  IgnoreRules rules;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) {
      line.pop_back();
    }
    while (line.ends_with(' ') && !line.ends_with("\\ ")) {
      line.pop_back();
    }
    if (line.empty() || line.starts_with('#')) {
      continue;
    }
    Rule rule;
    if (line.starts_with('!')) {
      rule.negated = true;
      line.erase(0, 1);
    }
    if (line.ends_with('/')) {
      rule.folders_only = true;
      line.pop_back();
    }
    rule.anchored = line.find('/') != std::string::npos;
    if (line.starts_with('/')) {
      line.erase(0, 1);
    }
    if (!line.empty()) {
      rule.pattern = std::move(line);
      rules.rules_.push_back(std::move(rule));
    }
  }
  return rules;
}

std::optional<bool> IgnoreRules::ignores(std::string_view path, bool is_folder) const
{
  const std::size_t slash = path.rfind('/');
  const std::string_view name = path.substr(slash == std::string_view::npos ? 0 : slash + 1);
  for (auto rule = rules_.rbegin(); rule != rules_.rend(); ++rule) {
    if (rule->folders_only && !is_folder) {
      continue;
    }
    if (matches_wildcard(rule->pattern, rule->anchored ? path : name)) {
      return !rule->negated;
    }
  }
  return std::nullopt;
}

}  // namespace mlrepro::format
