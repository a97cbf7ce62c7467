// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mlrepro/model/run.hpp"
#include "mlrepro/ports/file_trace.hpp"

namespace mlrepro::ports {

// Tells one process from every other that has had, or will have, the same number.
struct ProcessIdentity {
  int pid = 0;
  std::uint64_t start_ticks = 0;  // field 22 of /proc/<pid>/stat
  std::string boot_id;

  bool operator==(const ProcessIdentity&) const = default;
};

// Where the output goes besides the caller's own stdout and stderr. Whoever logs holds a lock
// (flock, exclusive) on the index.
struct LogFiles {
  std::string stdout_path;
  std::string stderr_path;
  std::string index_path;
};

// Where a line goes every so many seconds on what the command and its descendants use of the
// machine: metrics under "system/" (docs/resources.md).
struct ResourceLog {
  std::string path;
  double interval_s = 5;
};

struct ProcessRequest {
  std::vector<std::string> argv;
  std::string program;  // what to execute for argv[0]; empty: found through PATH
  std::string cwd;      // absolute
  std::vector<std::pair<std::string, std::string>> set_variables;
  std::vector<std::string> unset_variables;
  std::optional<LogFiles> logs;          // absent: the command keeps our own descriptors
  std::optional<ResourceLog> resources;  // absent: nothing is measured
  bool discard_output = false;           // do not pass the output on to our own stdout and stderr
  bool empty_input = false;              // its stdin is at the end at once, instead of our own
  std::optional<double> timeout_s;
  double grace_s = 10;  // between the polite signal and SIGKILL
  // The command has a network of its own with nothing in it but its loopback interface.
  bool no_network = false;
  // The command and its processes get no privileges from setuid programs then, unless we may do
  // without that (CAP_SYS_ADMIN).
  std::optional<TraceRequest> trace;
};

// ENOENT and EACCES, as in ProcessResult::start_error.
inline constexpr int k_no_such_program = 2;
inline constexpr int k_not_executable = 13;

struct ProcessResult {
  // Exactly one of exit_code, signal and start_error is set.
  std::optional<int> exit_code;
  std::optional<int> signal;
  std::optional<int> start_error;  // errno of the failed execution
  bool timed_out = false;
  std::optional<int> stopped_by;  // the last signal that we were sent and passed on
  model::Resources resources;
  std::vector<std::string> problems;  // what could not be captured, and why
  std::vector<std::string> untraced;  // why accesses are missing from the trace that was asked for
};

class ProcessObserver {
 public:
  ProcessObserver() = default;
  ProcessObserver(const ProcessObserver&) = delete;
  ProcessObserver& operator=(const ProcessObserver&) = delete;
  virtual ~ProcessObserver() = default;

  // The process is there but waits: its program is executed when this has returned, and never if
  // this process dies first.
  virtual void before_start(const ProcessIdentity& process) = 0;
  // Now and then while the process runs: after 1 ms, then at growing distances up to 10 s.
  virtual void on_sample(int pid) = 0;
  // At once when the process has been reaped, before anything else is done.
  virtual void on_exit(const ProcessResult& result) = 0;
};

// Runs a command as if the caller had started it: input, output, signals, terminal and exit are
// the caller's own. If this process dies, the command goes on and its output is still logged.
class ProcessRunner {
 public:
  ProcessRunner() = default;
  ProcessRunner(const ProcessRunner&) = delete;
  ProcessRunner& operator=(const ProcessRunner&) = delete;
  virtual ~ProcessRunner() = default;

  // Error{external} is never thrown for what the command does; start_error says it didn't start.
  virtual ProcessResult run(const ProcessRequest& request, ProcessObserver& observer) = 0;
  // The file that a shell would execute for `name` in folder `cwd`; absent when there is none.
  [[nodiscard]] virtual std::optional<std::string> find_program(const std::string& name,
                                                                const std::string& cwd) const = 0;
  // Why a command can't be kept from the network here; absent: it can.
  [[nodiscard]] virtual std::optional<std::string> find_isolation_obstacle() const = 0;
  // Why a command can't be traced here; absent: it can.
  [[nodiscard]] virtual std::optional<std::string> find_trace_obstacle() const = 0;
};

}  // namespace mlrepro::ports
