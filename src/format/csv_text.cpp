// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/csv_text.hpp"

namespace mlrepro::format {

std::string csv_field(const std::string& text)
{
  if (text.find_first_of(",\"\r\n") == std::string::npos) {
    return text;
  }
  std::string field = "\"";
  for (const char c : text) {
    field += c == '"' ? "\"\"" : std::string(1, c);
  }
  return field + "\"";
}

}  // namespace mlrepro::format
