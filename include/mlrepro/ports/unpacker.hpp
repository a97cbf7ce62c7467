// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "mlrepro/ports/byte_stream.hpp"

namespace mlrepro::ports {

// Unpacks files of the user.
class Unpacker {
 public:
  Unpacker() = default;
  Unpacker(const Unpacker&) = delete;
  Unpacker& operator=(const Unpacker&) = delete;
  virtual ~Unpacker() = default;

  // The content of all zstd frames in `packed`, which outlives it. What is damaged, ends early,
  // or takes more than 128 MB of memory is Error{corrupt} when it is read.
  [[nodiscard]] virtual std::unique_ptr<ByteSource> unpack_zstd(ByteSource& packed) const = 0;
};

}  // namespace mlrepro::ports
