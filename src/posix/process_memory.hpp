// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace mlrepro::posix {

// Reads from the memory of a process (or thread) that we may look into: one of our own user's, and
// with Yama one that descends from us. Returns how much was read; -1 with errno. EPERM: we may not.
ssize_t read_memory(pid_t pid, std::uint64_t address, std::span<std::byte> into) noexcept;

struct MemoryText {
  std::string text;
  int error = 0;  // errno, where there is none
};

// A text that ends with a zero byte, at most as long as a path can be.
MemoryText read_memory_text(pid_t pid, std::uint64_t address);

}  // namespace mlrepro::posix
