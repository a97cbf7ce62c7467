// SPDX-License-Identifier: Apache-2.0
#include "posix/resource_sampler.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "posix/close_descriptors.hpp"
#include "posix/forked_copy.hpp"
#include "posix/gpu_watch.hpp"
#include "posix/resource_lines.hpp"
#include "posix/system_error.hpp"
#include "posix/tree_usage.hpp"

namespace mlrepro::posix {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

constexpr int k_cost_limit = 200;  // half a percent of one core
constexpr milliseconds k_gpu_wait(200);
constexpr int k_end_tries = 50;
constexpr int k_end_try_ms = 1;

nanoseconds cpu_time() noexcept
{
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

std::int64_t wall_clock_ms()
{
  return std::chrono::duration_cast<milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// False when the line has come to its end meanwhile.
bool sleep_until(Clock::time_point time, int line)
{
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(time - Clock::now());
    if (left.count() <= 0) {
      return true;
    }
    pollfd end{line, POLLIN, 0};
    const auto wait = std::min<std::int64_t>(left.count(), 3'600'000);
    if (::poll(&end, 1, static_cast<int>(wait)) > 0) {
      return false;
    }
  }
}

class Measurement {
 public:
  // Counters that are not the command's own count from here on.
  Measurement(int pid, Clock::time_point start) : usage_(pid), before_{start, 0}
  {
    (void)usage_.read();
  }

  // One line; empty when the command has ended.
  std::string take()
  {
    const auto reading = usage_.read();
    if (!reading) {
      return {};
    }
    const auto now = Clock::now();
    if (!gpus_) {
      gpus_ = std::make_unique<GpuWatch>();
    }
    ResourceSample sample;
    sample.number = taken_++;
    sample.time_ms = wall_clock_ms();
    sample.cpu_percent = 100 * (reading->cpu_s - before_.cpu_s) /
                         std::max(std::chrono::duration<double>(now - before_.time).count(), 1e-3);
    sample.tree = *reading;
    sample.gpus = gpus_->read(usage_.processes(), k_gpu_wait);
    before_ = {now, reading->cpu_s};
    return to_line(sample);
  }
  // CPU time so far.
  [[nodiscard]] nanoseconds cost() const
  {
    return cpu_time() + (gpus_ ? gpus_->cost() : nanoseconds(0));
  }

 private:
  struct Moment {
    Clock::time_point time;
    double cpu_s = 0;
  };

  TreeUsage usage_;
  std::unique_ptr<GpuWatch> gpus_;
  Moment before_;
  std::int64_t taken_ = 0;
};

// When to measure next. What was missed, while nobody gave this process any time, is not made up
// for.
Clock::time_point after(Clock::time_point time, nanoseconds interval, nanoseconds least)
{
  const auto now = Clock::now();
  const auto next = time + interval;
  return std::max(next > now ? next : now + interval, now + least);
}

// Appends a line, after the rest of one that had no room on the disk.
void append(int log, std::string line, bool& torn)
{
  if (torn) {
    line.insert(line.begin(), '\n');
  }
  ssize_t written = 0;
  do {
    written = ::write(log, line.data(), line.size());
  } while (written < 0 && errno == EINTR);
  torn = written > 0 ? written != static_cast<ssize_t>(line.size()) : torn;
}

}  // namespace

struct ResourceSampler::Task {
  int pid = -1;
  std::chrono::duration<double> interval;
  Clock::time_point start;
  int log = -1;
  int line = -1;
  pid_t parent = -1;
};

void ResourceSampler::measure(const Task& task) noexcept
{
  sigset_t all;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  (void)::signal(SIGCHLD, SIG_IGN);  // nobody is to wait for the process of the GPUs
  ::setsid();
  die_with(task.parent);
  std::array<int, 2> kept{task.log, task.line};
  close_all_but(kept);
  fill_standard_descriptors();
  if (::chdir("/") != 0) {
    // Then a file system stays busy for as long as the command runs: no harm done.
  }
  try {
    const auto interval = std::chrono::duration_cast<nanoseconds>(task.interval);
    Measurement measurement(task.pid, task.start);
    bool torn = false;
    nanoseconds before = measurement.cost();
    for (auto next = task.start + interval; sleep_until(next, task.line);) {
      std::string text = measurement.take();
      if (text.empty()) {
        break;
      }
      append(task.log, std::move(text), torn);
      const nanoseconds cost = measurement.cost();
      next = after(next, interval, k_cost_limit * (cost - before));
      before = cost;
    }
  } catch (...) {
    // Out of memory: then there is no more to be told.
  }
  ::_exit(0);
}

ResourceSampler::ResourceSampler(int pid, const ports::ResourceLog& log, Time start)
{
  const FileDescriptor file = open_file(log.path, O_WRONLY | O_CREAT | O_APPEND, 0600);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    throw_errno("open a pipe");
  }
  const FileDescriptor read_end(ends[0]);
  line_ = FileDescriptor(ends[1]);
  const pid_t parent = ::getpid();
  copy_ = ::fork();
  if (copy_ < 0) {
    throw_errno("start the measuring of resources");
  }
  if (copy_ == 0) {
    measure({pid, std::chrono::duration<double>(log.interval_s), start, file.get(), read_end.get(),
             parent});
  }
}

ResourceSampler::~ResourceSampler()
{
  (void)end();
}

pid_t ResourceSampler::end() noexcept
{
  line_.reset();
  for (int tries = 0; copy_ > 0; ++tries) {
    if (::waitpid(copy_, nullptr, WNOHANG) != 0) {
      copy_ = -1;
    } else if (tries == k_end_tries) {
      ::kill(copy_, SIGKILL);
    } else if (tries > 2 * k_end_tries) {
      return std::exchange(copy_, -1);
    } else {
      (void)::poll(nullptr, 0, k_end_try_ms);
    }
  }
  return -1;
}

}  // namespace mlrepro::posix
