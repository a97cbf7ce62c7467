// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "cli/text_table.hpp"

namespace mlrepro::cli {

// How many columns the terminal behind a descriptor has; 80 where there is none, or it won't say.
std::size_t terminal_width(int descriptor);
// How many rows; 24 where there is none.
std::size_t terminal_height(int descriptor);

// Whether it is a terminal that understands control sequences, for colours and for redrawing.
bool takes_controls(int descriptor);

// With colours for --color=always, and for auto where `descriptor` is a terminal that has them and
// NO_COLOR is not set.
Style colour_style(const std::string& color, int descriptor);

// Whether the user's locale (LC_ALL, LC_CTYPE, LANG: the first that is set) writes UTF-8.
bool writes_utf8();

}  // namespace mlrepro::cli
