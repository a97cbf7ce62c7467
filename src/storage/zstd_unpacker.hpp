// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mlrepro/ports/unpacker.hpp"

namespace mlrepro::storage {

class ZstdUnpacker final : public ports::Unpacker {
 public:
  [[nodiscard]] std::unique_ptr<ports::ByteSource> unpack_zstd(
      ports::ByteSource& packed) const override;
};

}  // namespace mlrepro::storage
