// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>
#include <cstddef>
#include <span>

#include "posix/file_descriptor.hpp"

namespace mlrepro::posix {

// Where passed-on output goes: writes never wait for a slow reader, and never make the caller's
// own descriptor non-blocking, which would change it for everybody who shares it. No method
// allocates, so a forked copy of a threaded process may use it.
class OutputSink {
 public:
  OutputSink() = default;  // closed: nothing is passed on
  // Holds a descriptor of its own for what `fd` is open on.
  explicit OutputSink(int fd);

  [[nodiscard]] bool is_open() const { return fd_.is_open(); }
  [[nodiscard]] int get() const { return fd_.get(); }
  void close() noexcept { fd_.reset(); }
  // How many bytes were taken, or minus errno; -EAGAIN: poll for POLLOUT first.
  [[nodiscard]] ssize_t write_some(std::span<const std::byte> bytes) noexcept;
  // Whether poll(2) tells that the reader has gone for good before anything is written.
  [[nodiscard]] bool tells_departure() const { return tells_departure_; }

 private:
  enum class Kind { file, reopened, socket, blocking };

  FileDescriptor fd_;
  Kind kind_ = Kind::file;
  bool tells_departure_ = false;
};

}  // namespace mlrepro::posix
