// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "storage/bytes.hpp"

namespace mlrepro::storage {

// CRC-32C (Castagnoli) as in iSCSI and ext4; `before` is the value of the bytes that came first.
std::uint32_t crc32c(ByteView bytes, std::uint32_t before = 0);

// The same without the processor's own instruction.
std::uint32_t crc32c_by_table(ByteView bytes, std::uint32_t before = 0);

}  // namespace mlrepro::storage
