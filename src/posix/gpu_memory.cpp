// SPDX-License-Identifier: Apache-2.0
#include "posix/gpu_memory.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>

#include "posix/close_descriptors.hpp"
#include "posix/forked_copy.hpp"
#include "posix/nvml.hpp"

namespace mlrepro::posix {
namespace {

constexpr std::size_t k_most_gpus = 64;

[[noreturn]] void answer(pid_t parent, int pipe) noexcept
{
  die_with(parent);
  try {
    std::array<int, 1> kept{pipe};
    close_all_but(kept);
    fill_standard_descriptors();
    if (const auto nvml = Nvml::open()) {
      auto bytes = nvml->memory();
      bytes.resize(std::min(bytes.size(), k_most_gpus));
      // Less than a pipe holds, so that it goes at once.
      (void)!::write(pipe, bytes.data(), bytes.size() * sizeof bytes[0]);
    }
  } catch (...) {
    // Then there is no answer.
  }
  ::_exit(0);
}

}  // namespace

GpuMemory::GpuMemory()
{
  std::array<int, 2> ends{};
  if (!Nvml::is_installed() || ::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return;
  }
  answer_ = FileDescriptor(ends[0]);
  const FileDescriptor other_end(ends[1]);
  const pid_t parent = ::getpid();
  copy_ = ::fork();
  if (copy_ == 0) {
    answer(parent, other_end.get());
  }
}

GpuMemory::~GpuMemory()
{
  // Where SIGCHLD is ignored it has been reaped, and its number may be another's by now.
  if (copy_ > 0 && ::waitpid(copy_, nullptr, WNOHANG) == 0) {
    (void)::kill(copy_, SIGKILL);
    // One that the driver holds up is left for init, when this process has ended.
    (void)::waitpid(copy_, nullptr, WNOHANG);
  }
}

std::vector<std::uint64_t> GpuMemory::take(std::chrono::milliseconds wait)
{
  std::vector<std::uint64_t> bytes;
  pollfd there{answer_.get(), POLLIN, 0};
  if (answer_.is_open() && ::poll(&there, 1, static_cast<int>(wait.count())) == 1) {
    bytes.resize(k_most_gpus);
    const ssize_t size = ::read(answer_.get(), bytes.data(), k_most_gpus * sizeof bytes[0]);
    bytes.resize(size > 0 ? static_cast<std::size_t>(size) / sizeof bytes[0] : 0);
  }
  answer_.reset();
  return bytes;
}

}  // namespace mlrepro::posix
