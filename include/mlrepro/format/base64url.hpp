// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mlrepro::format {

// RFC 4648, section 5, without padding.
std::string to_base64url(std::string_view bytes);

// Absent for what is no base64url; bits that make no whole byte are left out.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace mlrepro::format
