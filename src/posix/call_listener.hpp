// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/seccomp.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "posix/file_descriptor.hpp"

namespace mlrepro::posix {

// The end of a filter at which its calls are reported. A caller waits until it is answered; when
// the last listener is closed its calls fail with ENOSYS.
class CallListener {
 public:
  explicit CallListener(FileDescriptor listener);

  [[nodiscard]] int get() const { return listener_.get(); }
  // The next call; null when the caller has gone meanwhile. Lasts until the next one is received.
  const seccomp_notif* receive() noexcept;
  // Whether the caller still waits: what was learnt about its process since `receive` is its own.
  [[nodiscard]] bool is_waiting(std::uint64_t id) const noexcept;
  // Has the kernel go on with the call. Returns 0, or errno.
  int let_through(std::uint64_t id) noexcept;

 private:
  FileDescriptor listener_;
  std::vector<std::byte> received_;  // as large as the kernel's own structures
  std::vector<std::byte> answer_;
};

// Over a connection between two processes.
bool send_listener(int connection, int listener, int error) noexcept;
struct SentListener {
  FileDescriptor listener;
  int error = 0;  // errno, where there is no listener
};
SentListener receive_listener(int connection) noexcept;

}  // namespace mlrepro::posix
