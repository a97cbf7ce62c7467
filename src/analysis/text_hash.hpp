// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace mlrepro::analysis {

// 64 bits of a text and of what was hashed before it: different for different lists of texts but
// for chance. Of this process only: it is stored nowhere.
std::uint64_t text_hash(std::string_view text, std::uint64_t before);

}  // namespace mlrepro::analysis
