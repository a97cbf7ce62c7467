// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "mlrepro/format/packed_text.hpp"
#include "mlrepro/ports/unpacker.hpp"

namespace mlrepro::analysis {

// What was read of a content, and then the rest of it, which outlives this.
class BegunSource final : public ports::ByteSource {
 public:
  BegunSource(std::string begun, ports::ByteSource& rest);
  std::size_t read(std::span<std::byte> buffer) override;

 private:
  std::string begun_;
  std::size_t at_ = 0;
  ports::ByteSource& rest_;
};

// By the first bytes.
constexpr std::size_t k_packing_bytes = 4;
format::Packing packing_of(std::string_view begun);

// Reads what is packed in `packed`, which outlives it. Error{corrupt} where that is not whole. Null
// for zstd without an unpacker.
std::unique_ptr<ports::ByteSource> unpack(ports::ByteSource& packed, format::Packing packing,
                                          const ports::Unpacker* unpacker);

// Up to `size` bytes more behind `text`; false at the end.
bool read_behind(ports::ByteSource& content, std::size_t size, std::string& text);
// The next `size` bytes, or fewer at the end.
std::string read_head(ports::ByteSource& content, std::size_t size);

}  // namespace mlrepro::analysis
