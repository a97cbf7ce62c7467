// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/ignore_rules.hpp"

#include <algorithm>

#include "format/value_tree.hpp"

namespace mlrepro::format {
namespace {

// Spaces at the end do not count unless a backslash stands before them.
std::string_view without_trailing_spaces(std::string_view line)
{
  std::size_t kept = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\\') {
      ++i;
    } else if (line[i] == ' ') {
      continue;
    }
    kept = std::min(i + 1, line.size());
  }
  return line.substr(0, kept);
}

}  // namespace

IgnoreRules IgnoreRules::parse(std::string_view text)
{
  IgnoreRules rules;
  text = without_byte_order_mark(text);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) {
      line.remove_suffix(1);
    }
    line = without_trailing_spaces(line);
    if (line.empty() || line.starts_with('#')) {
      continue;
    }
    const bool negated = line.starts_with('!');
    line.remove_prefix(negated ? 1 : 0);
    const bool folders_only = line.ends_with('/');
    line.remove_suffix(folders_only ? 1 : 0);
    const bool anchored = line.find('/') != std::string_view::npos;
    line.remove_prefix(line.starts_with('/') ? 1 : 0);
    if (!line.empty()) {
      rules.rules_.push_back({Wildcard(line), negated, folders_only, anchored});
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
    if (rule->pattern.matches(rule->anchored ? path : name)) {
      return !rule->negated;
    }
  }
  return std::nullopt;
}

}  // namespace mlrepro::format
