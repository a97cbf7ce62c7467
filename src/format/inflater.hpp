// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "format/byte_input.hpp"

namespace mlrepro::format {

// How many bytes may still be unpacked, by all that have it.
struct UnpackBudget {
  std::uint64_t bytes = 0;

  void spend(std::uint64_t unpacked);
};

enum class Wrapping { none, zlib, gzip };

// One deflate stream. Takes from `input` exactly what belongs to it, with the checksum of its
// wrapping, which is checked. Damage is Error{corrupt}.
class Inflater {
 public:
  Inflater(ByteInput& input, Wrapping wrapping, UnpackBudget& budget);
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  std::size_t read(std::span<std::byte> out);

 private:
  struct Stream;
  ByteInput& input_;
  UnpackBudget& budget_;
  std::unique_ptr<Stream> stream_;
  bool ended_ = false;
};

// The CRC-32 of gzip, zip and PNG, of what was read so far and these bytes.
std::uint32_t continue_crc(std::uint32_t crc, std::span<const std::byte> bytes);

}  // namespace mlrepro::format
