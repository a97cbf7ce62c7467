// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace mlrepro::testing {

// Bytes that do not compress and are the same everywhere: the high half of each state of Knuth's
// MMIX generator, little-endian.
inline std::vector<std::byte> sample_bytes(std::size_t size, std::uint64_t seed)
{
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) {
    if (i % 4 == 0) {
      seed = seed * 6364136223846793005U + 1442695040888963407U;
    }
    bytes[i] = static_cast<std::byte>(seed >> (32 + 8 * (i % 4)));
  }
  return bytes;
}

inline std::string sample_text(std::size_t size, std::uint64_t seed)
{
  const auto bytes = sample_bytes(size, seed);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// Rows as of a CSV file, each different; compresses to a third or so.
inline std::string sample_rows(std::size_t rows, std::uint64_t seed)
{
  const auto bytes = sample_bytes(8 * rows, seed);
  std::string text;
  for (std::size_t i = 0; i < rows; ++i) {
    std::uint64_t value = 0;
    for (std::size_t k = 0; k < 5; ++k) {
      value = value << 8U | std::to_integer<std::uint64_t>(bytes[8 * i + k]);
    }
    text += std::to_string(i) + ",store " + std::to_string(value % 83) + ",brand " +
            std::to_string(value / 83 % 11) + "," + std::to_string(value % 100'003) + "\n";
  }
  return text;
}

}  // namespace mlrepro::testing
