// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace mlrepro::format {

// The length of the UTF-8 sequence at the front of some bytes; 0 when there is none (Unicode 15,
// table 3-7).
std::size_t utf8_length(std::string_view bytes);

bool is_utf8(std::string_view bytes);

// Text that JSON can hold: UTF-8 stays as it is; where `bytes` is not UTF-8, each byte that is
// out of place becomes "\xNN" and each backslash is doubled, so that nothing is lost.
std::string json_text(std::string_view bytes);

}  // namespace mlrepro::format
