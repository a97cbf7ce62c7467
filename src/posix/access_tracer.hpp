// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/resource.h>
#include <sys/types.h>

#include <optional>
#include <string>

#include "mlrepro/ports/file_trace.hpp"
#include "posix/child_process.hpp"
#include "posix/file_descriptor.hpp"
#include "posix/syscall_filter.hpp"

namespace mlrepro::posix {

// A process of its own between this one and a command: it is the command's parent, answers the
// calls that the command's filter reports, and writes them down. It lives as long as a process of
// the command does, so that the command goes on if this process is killed; it leads a process group
// of its own and obeys no signal but SIGKILL.
//
// It must be the parent, since Yama lets only ancestors read a process's memory; and for the same
// reason it adopts what the command leaves behind.
class AccessTracer {
 public:
  // `request` outlives the tracer.
  explicit AccessTracer(const ports::TraceRequest& request) : request_(request) {}
  // Ends the tracer's interest in the command, and waits for it unless it was handed over.
  ~AccessTracer();
  AccessTracer(const AccessTracer&) = delete;
  AccessTracer& operator=(const AccessTracer&) = delete;

  // Starts the tracer and, below it, the command's process, which calls `child`. Throws Error{io}
  // when there is no process to be had. A command that can't be traced is started all the same:
  // see `problem`.
  pid_t launch(bool own_group, const std::function<void()>& child);

  // Readable when `take_end` has something to say.
  [[nodiscard]] int get() const { return line_.get(); }
  struct End {
    bool known = false;  // false: the tracer was killed; the command is our own child now
    int status = 0;      // as of wait4(2)
    rusage usage{};
  };
  // Absent while the command runs.
  std::optional<End> take_end() noexcept;
  // Why accesses are missing; absent: none are known to be.
  [[nodiscard]] std::optional<std::string> problem() const { return problem_; }
  // Where processes of the command are left: the tracer, which answers their calls until they end,
  // and which somebody has to reap. Else -1.
  pid_t hand_over() noexcept;

 private:
  const ports::TraceRequest& request_;
  SyscallFilter filter_;
  FileDescriptor line_;
  pid_t pid_ = -1;
  bool others_left_ = false;
  std::optional<std::string> problem_;
};

// Why no command can be traced here, found out by trying; absent: one can be.
std::optional<std::string> find_trace_obstacle();

}  // namespace mlrepro::posix
