// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>

#include "mlrepro/ports/byte_stream.hpp"

namespace mlrepro::testing {

// Hands out `content` in pieces of at most `piece` bytes.
class StringSource final : public ports::ByteSource {
 public:
  explicit StringSource(std::string content, std::size_t piece = 4096);
  std::size_t read(std::span<std::byte> buffer) override;

 private:
  std::string content_;
  std::size_t piece_;
  std::size_t position_ = 0;
};

class StringSink final : public ports::ByteSink {
 public:
  void write(std::span<const std::byte> bytes) override;
  [[nodiscard]] const std::string& content() const { return content_; }

 private:
  std::string content_;
};

}  // namespace mlrepro::testing
