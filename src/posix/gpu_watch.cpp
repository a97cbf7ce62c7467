// SPDX-License-Identifier: Apache-2.0
#include "posix/gpu_watch.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <span>

#include "posix/close_descriptors.hpp"
#include "posix/forked_copy.hpp"

namespace mlrepro::posix {
namespace {

constexpr std::size_t k_most_processes = 4096;
constexpr std::size_t k_most_readings = 64;

struct Answer {
  std::int64_t cost_ns = 0;  // so far
  std::size_t count = 0;
  std::array<GpuReading, k_most_readings> readings{};
};

std::int64_t cpu_time_ns() noexcept
{
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

// A message is a list of processes, the answer to it an Answer. The line's end is the end.
void GpuWatch::answer(pid_t parent, int line) noexcept
{
  die_with(parent);
  try {
    std::array<int, 1> kept{line};
    close_all_but(kept);
    fill_standard_descriptors();
    const auto nvml = Nvml::open();
    std::vector<std::int32_t> processes(k_most_processes);
    while (nvml) {
      const ssize_t size =
          ::recv(line, processes.data(), processes.size() * sizeof processes[0], 0);
      if (size < 0 && errno == EINTR) {
        continue;
      }
      if (size <= 0) {
        break;
      }
      const auto asked =
          std::span(processes).first(static_cast<std::size_t>(size) / sizeof processes[0]);
      const auto readings = nvml->read(asked);
      Answer answer;
      answer.count = std::min(readings.size(), k_most_readings);
      std::copy_n(readings.begin(), answer.count, answer.readings.begin());
      answer.cost_ns = cpu_time_ns();
      if (::send(line, &answer, sizeof answer, MSG_NOSIGNAL) != sizeof answer) {
        break;
      }
    }
  } catch (...) {
    // Then there are no readings: they are not worth more.
  }
  ::_exit(0);
}

GpuWatch::GpuWatch()
{
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return;
  }
  line_ = FileDescriptor(ends[0]);
  const FileDescriptor other_end(ends[1]);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) {
    answer(parent, other_end.get());
  }
  if (pid < 0) {
    line_.reset();
  }
}

std::vector<GpuReading> GpuWatch::read(const std::vector<int>& processes,
                                       std::chrono::milliseconds wait)
{
  std::vector<GpuReading> readings;
  while (waiting_ && receive(readings)) {
    readings.clear();  // of another moment
  }
  if (!waiting_ && ask(processes)) {
    pollfd answer{line_.get(), POLLIN, 0};
    if (::poll(&answer, 1, static_cast<int>(wait.count())) == 1) {
      (void)receive(readings);
    }
  }
  return readings;
}

bool GpuWatch::ask(const std::vector<int>& processes)
{
  if (!line_.is_open() || processes.empty()) {
    return false;
  }
  const std::size_t count = std::min(processes.size(), k_most_processes);
  const std::vector<std::int32_t> message(processes.begin(),
                                          processes.begin() + static_cast<std::ptrdiff_t>(count));
  waiting_ = ::send(line_.get(), message.data(), count * sizeof message[0],
                    MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
  if (!waiting_) {
    line_.reset();
  }
  return waiting_;
}

bool GpuWatch::receive(std::vector<GpuReading>& readings)
{
  Answer answer;
  const ssize_t size = ::recv(line_.get(), &answer, sizeof answer, MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
    return false;
  }
  waiting_ = false;
  if (size != sizeof answer) {
    line_.reset();  // its process has ended: there is no GPU
    return false;
  }
  cost_ = std::chrono::nanoseconds(answer.cost_ns);
  readings.assign(answer.readings.begin(),
                  answer.readings.begin() + static_cast<std::ptrdiff_t>(answer.count));
  return true;
}

}  // namespace mlrepro::posix
