// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "cli/text_table.hpp"

namespace mlrepro::cli {

// How wide lines may be on stdout: as its terminal is, and 0, as wide as they like, elsewhere.
std::size_t output_width();

// Whether a table has a line of more than `width` columns; of 0, none has.
bool is_wider(const TextTable& table, const std::string& indent, std::size_t width);

// A table of which each row is followed by what has no place in it: a text for each row, broken
// into lines.
struct NarrowTable {
  TextTable rows;
  std::vector<std::string> below;
};
std::string render_narrow(const NarrowTable& table, Style style, const std::string& indent,
                          std::size_t width);

}  // namespace mlrepro::cli
