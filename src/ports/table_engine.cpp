// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/ports/table_engine.hpp"

namespace mlrepro::ports {
namespace {

std::string quoted(const std::string& text, char quote)
{
  std::string out(1, quote);
  for (const char c : text) {
    out.append(c == quote ? 2 : 1, c);
  }
  return out + quote;
}

}  // namespace

std::string quoted_text(const std::string& text)
{
  return quoted(text, '\'');
}

std::string quoted_name(const std::string& name)
{
  return quoted(name, '"');
}

}  // namespace mlrepro::ports
