// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace mlrepro::posix {

// Owns one open file descriptor. Every descriptor of mlrepro is close-on-exec.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() { reset(); }
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept
  {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] bool is_open() const { return fd_ >= 0; }
  // Closes and drops any error: for descriptors that were only read, or are given up.
  void reset() noexcept;
  // Closes and reports: for descriptors that were written.
  void close(const std::string& what);

 private:
  int fd_ = -1;
};

// open(2) with O_CLOEXEC, retried on EINTR; throws system_error naming the path.
FileDescriptor open_file(const std::string& path, int flags, unsigned mode = 0);

// Until the buffer is full or the file ends; returns how much was read.
std::size_t read_fully(int fd, std::span<std::byte> buffer, const std::string& what);
// The same from a byte of the file on; its position stays where it is. Errors name the `path`.
std::size_t read_at(int fd, std::uint64_t offset, std::span<std::byte> buffer,
                    const std::string& path);
// All of it, over short writes and EINTR.
void write_fully(int fd, std::span<const std::byte> bytes, const std::string& what);
void write_fully(int fd, std::string_view bytes, const std::string& what);

}  // namespace mlrepro::posix
