// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

namespace mlrepro::posix {

// A part of an open file, readable as memory; the descriptor may be closed afterwards. For files
// that nobody shortens: reading past the end of one kills the process.
class MappedFile {
 public:
  MappedFile() = default;
  // Throws Error{io} naming `what`.
  MappedFile(int fd, std::uint64_t offset, std::size_t size, const std::string& what);
  ~MappedFile();
  MappedFile(MappedFile&& other) noexcept
      : address_(std::exchange(other.address_, nullptr)),
        mapped_(std::exchange(other.mapped_, 0)),
        bytes_(std::exchange(other.bytes_, {}))
  {
  }
  MappedFile& operator=(MappedFile&& other) noexcept
  {
    std::swap(address_, other.address_);
    std::swap(mapped_, other.mapped_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

 private:
  void* address_ = nullptr;
  std::size_t mapped_ = 0;
  std::span<const std::byte> bytes_;
};

}  // namespace mlrepro::posix
