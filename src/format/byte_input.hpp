// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/format/content_reader.hpp"

namespace mlrepro::format {

// A reader with a look ahead. What can't be read as asked is Error{corrupt}.
class ByteInput {
 public:
  explicit ByteInput(ReadBytes read);

  // What was read and not yet taken, at least one byte but at the end.
  std::string_view available();
  // The next bytes, fewer at the end; at most k_look_ahead.
  std::string_view peek(std::size_t bytes);
  void consume(std::size_t bytes);
  std::size_t read(std::span<std::byte> out);
  // Exactly that many, which the caller has found to be few enough for memory.
  std::string take(std::size_t bytes);
  void skip(std::uint64_t bytes);
  bool at_end() { return available().empty(); }
  [[nodiscard]] std::uint64_t taken() const { return taken_; }  // bytes so far

  static constexpr std::size_t k_look_ahead = 256;

 private:
  void fill();

  ReadBytes read_;
  std::vector<std::byte> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool ended_ = false;
  std::uint64_t taken_ = 0;
};

// To the end; Error{corrupt} beyond `limit`.
std::string read_text(const ReadBytes& read, std::size_t limit);
// Reads a text.
ReadBytes bytes_of(std::string_view text);

[[noreturn]] void refuse_content(const std::string& why);

}  // namespace mlrepro::format
