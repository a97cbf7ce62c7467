// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace mlrepro::cli {

inline std::string joined(const std::vector<std::string>& items, const char* between = ", ")
{
  std::string text;
  for (const std::string& item : items) {
    text += (text.empty() ? "" : between) + item;
  }
  return text;
}

// Those that are not empty.
inline std::string joined_parts(const std::vector<std::string>& parts)
{
  std::string text;
  for (const std::string& part : parts) {
    text += (text.empty() || part.empty() ? "" : "; ") + part;
  }
  return text;
}

}  // namespace mlrepro::cli
