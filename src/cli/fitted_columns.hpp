// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace mlrepro::cli {

// How wide columns of these widths may be, so that with two spaces between them they fit into
// `room`: the widest are made narrower first, none below 8. As wide as they are where that does not
// do: texts that are cut and broken over lines as well nobody can read.
std::vector<std::size_t> fit_columns(const std::vector<std::size_t>& widths, std::size_t room);

// The beginning of a text that has more than `width` columns on a terminal, with "…" as the last.
// Control characters are as printable() shows them.
std::string cut_to_width(const std::string& text, std::size_t width);

}  // namespace mlrepro::cli
