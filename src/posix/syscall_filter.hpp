// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstdint>
#include <vector>

namespace mlrepro::posix {

// What a call that a filter reports does with its arguments.
enum class CallKind {
  open,        // (path, flags)
  openat,      // (folder, path, flags)
  openat2,     // (folder, path, how)
  creat,       // (path)
  execve,      // (path)
  execveat,    // (folder, path, ..., ..., flags)
  rename,      // (from, to)
  renameat,    // (folder, from, folder, to[, flags])
  unlink,      // (path)
  unlinkat,    // (folder, path, flags)
  link,        // (from, to)
  linkat,      // (folder, from, folder, to)
  symlink,     // (target, path)
  symlinkat,   // (target, folder, path)
  truncate,    // (path)
  connect,     // (socket, address, size)
  io_uring,    // asynchronous calls, which no filter sees
  namespaces,  // other names for paths from here on
  foreign,     // a call of another architecture
};

CallKind kind_of(const seccomp_data& call) noexcept;

// A filter that has these calls reported and lets all others pass.
class SyscallFilter {
 public:
  SyscallFilter();

  struct Installed {
    int listener = -1;
    int error = 0;  // errno, where there is no listener
  };
  // For this process and all that it starts, for ever. Sets no_new_privs where the kernel wants
  // that. Does not allocate. A listener can't be had while another one is over this process.
  [[nodiscard]] Installed install() const noexcept;

 private:
  std::vector<sock_filter> program_;
};

}  // namespace mlrepro::posix
