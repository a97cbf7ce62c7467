// SPDX-License-Identifier: Apache-2.0
#include "format/special_numbers.hpp"

#include <algorithm>

namespace mlrepro::format {
namespace {

std::string_view special_number_at(std::string_view text)
{
  for (const std::string_view word : {"NaN", "-Infinity", "Infinity"}) {
    if (text.starts_with(word)) {
      return word;
    }
  }
  return {};
}

}  // namespace

std::size_t SpecialNumbersQuoted::original(std::size_t position) const
{
  const auto before = std::lower_bound(quotes.begin(), quotes.end(), position) - quotes.begin();
  return position - static_cast<std::size_t>(before);
}

SpecialNumbersQuoted quote_special_numbers(std::string_view json)
{
  SpecialNumbersQuoted out;
  bool in_string = false;
  std::size_t i = 0;
  while (i < json.size()) {
    if (!in_string) {
      if (const std::string_view word = special_number_at(json.substr(i)); !word.empty()) {
        out.quotes.push_back(out.text.size());
        out.text += '"';
        out.text += word;
        out.quotes.push_back(out.text.size());
        out.text += '"';
        i += word.size();
        continue;
      }
    } else if (json[i] == '\\' && i + 1 < json.size()) {
      out.text += json[i++];  // what is escaped ends no string
      out.text += json[i++];
      continue;
    }
    in_string ^= json[i] == '"';
    out.text += json[i++];
  }
  return out;
}

}  // namespace mlrepro::format
