// SPDX-License-Identifier: Apache-2.0
#include "cli/lines_below.hpp"

#include <unistd.h>

#include <algorithm>

#include "cli/terminal.hpp"

namespace mlrepro::cli {

std::size_t output_width()
{
  return takes_controls(STDOUT_FILENO) ? terminal_width(STDOUT_FILENO) : 0;
}

bool is_wider(const TextTable& table, const std::string& indent, std::size_t width)
{
  const std::string lines = width > 0 ? table.render(Style::plain, indent) : "";
  for (std::size_t begin = 0; begin < lines.size();) {
    const std::size_t end = std::min(lines.find('\n', begin), lines.size());
    if (display_width(lines.substr(begin, end - begin)) > width) {
      return true;
    }
    begin = end + 1;
  }
  return false;
}

std::string render_narrow(const NarrowTable& table, Style style, const std::string& indent,
                          std::size_t width)
{
  constexpr std::size_t k_least = 40;
  const std::string deep = indent + "  ";
  const std::size_t room = std::max(width, k_least) - deep.size();
  const std::string lines = table.rows.render(style, indent);
  std::size_t begin = lines.find('\n') + 1;
  std::string out = lines.substr(0, begin);
  for (const std::string& below : table.below) {
    const std::size_t end = lines.find('\n', begin) + 1;
    out += lines.substr(begin, end - begin);
    for (const std::string& line : wrap(below, room)) {
      out += deep + line + "\n";
    }
    begin = end;
  }
  return out;
}

}  // namespace mlrepro::cli
