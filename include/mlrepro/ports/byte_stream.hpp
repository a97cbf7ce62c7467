// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace mlrepro::ports {

class ByteSource {
 public:
  ByteSource() = default;
  ByteSource(const ByteSource&) = delete;
  ByteSource& operator=(const ByteSource&) = delete;
  virtual ~ByteSource() = default;

  // Fills some of `buffer` and returns how many bytes; 0 means the end. Throws Error{io} or, for
  // a source that checks what it hands out, Error{corrupt}.
  virtual std::size_t read(std::span<std::byte> buffer) = 0;
};

class ByteSink {
 public:
  ByteSink() = default;
  ByteSink(const ByteSink&) = delete;
  ByteSink& operator=(const ByteSink&) = delete;
  virtual ~ByteSink() = default;

  virtual void write(std::span<const std::byte> bytes) = 0;
};

// What is left of a source, to its end.
std::string read_all(ByteSource& source);

}  // namespace mlrepro::ports
