// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

namespace mlrepro::cli {

// For tables that people read: of a text of more than `limit` bytes its beginning, and "…". The
// whole is in --json and --csv.
inline std::string shortened(const std::string& text, std::size_t limit)
{
  if (text.size() <= limit) {
    return text;
  }
  std::size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) {
    --end;  // not within a character of UTF-8
  }
  return text.substr(0, end) + "…";
}

}  // namespace mlrepro::cli
