// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mlrepro::format {

// JSON text in which NaN, Infinity and -Infinity stand in quotes. Python's json writes them bare,
// which no JSON parser accepts.
struct SpecialNumbersQuoted {
  std::string text;
  std::vector<std::size_t> quotes;  // where in `text` the added quotes are, ascending

  // The byte of the original that byte `position` of `text` came from.
  [[nodiscard]] std::size_t original(std::size_t position) const;
};

SpecialNumbersQuoted quote_special_numbers(std::string_view json);

}  // namespace mlrepro::format
