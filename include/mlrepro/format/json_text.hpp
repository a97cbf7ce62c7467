// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace mlrepro::format {

bool is_utf8(std::string_view bytes);

// Text that JSON can hold: UTF-8 stays as it is; where `bytes` is not UTF-8, each byte that is
// out of place becomes "\xNN" and each backslash is doubled, so that nothing is lost.
std::string json_text(std::string_view bytes);

}  // namespace mlrepro::format
