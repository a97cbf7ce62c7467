// SPDX-License-Identifier: Apache-2.0
#include "cli/fitted_columns.hpp"

#include <algorithm>

#include "cli/text_table.hpp"

namespace mlrepro::cli {
namespace {

constexpr std::size_t k_gap_width = 2;
constexpr std::size_t k_least = 8;

std::size_t width_of_all(const std::vector<std::size_t>& widths, std::size_t most)
{
  std::size_t sum = widths.empty() ? 0 : k_gap_width * (widths.size() - 1);
  for (const std::size_t width : widths) {
    sum += std::min(width, most);
  }
  return sum;
}

}  // namespace

std::vector<std::size_t> fit_columns(const std::vector<std::size_t>& widths, std::size_t room)
{
  if (width_of_all(widths, k_least) > room) {
    return widths;
  }
  std::size_t low = k_least;
  std::size_t high = k_least;
  for (const std::size_t width : widths) {
    high = std::max(high, width);
  }
  while (low < high) {
    const std::size_t middle = low + (high - low + 1) / 2;
    if (width_of_all(widths, middle) <= room) {
      low = middle;
    } else {
      high = middle - 1;
    }
  }
  std::vector<std::size_t> fitted = widths;
  for (std::size_t& width : fitted) {
    width = std::min(width, low);
  }
  return fitted;
}

std::string cut_to_width(const std::string& text, std::size_t width)
{
  constexpr std::size_t k_longest_character = 4;
  const std::string shown = printable(text.substr(0, (width + 1) * k_longest_character));
  if (display_width(shown) <= width && shown.size() >= text.size()) {
    return shown;
  }
  std::size_t end = 0;
  std::size_t used = 0;
  while (end < shown.size()) {
    std::size_t next = end + 1;
    while (next < shown.size() && (static_cast<unsigned char>(shown[next]) & 0xc0U) == 0x80U) {
      ++next;
    }
    used += display_width(shown.substr(end, next - end));
    if (used + 1 > width) {
      break;
    }
    end = next;
  }
  return shown.substr(0, end) + "…";
}

}  // namespace mlrepro::cli
