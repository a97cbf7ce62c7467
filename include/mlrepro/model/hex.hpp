// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace mlrepro::model {

// Appends the two lower-case digits of a byte.
void append_hex(std::string& text, std::uint8_t byte);

}  // namespace mlrepro::model
