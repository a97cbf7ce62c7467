// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/ports/process_runner.hpp"
#include "posix/file_descriptor.hpp"

namespace mlrepro::testing {

// A folder of its own below the system's temporary one; removed at the end.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ / name; }
  [[nodiscard]] std::string path() const { return path_; }
  // Writes an executable file and returns its path.
  std::string add_program(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path path_;
};

std::string content_of(const std::string& path);
// Polls for up to ten seconds.
bool eventually(const std::function<bool()>& condition);

// `bash -c script` in a folder, logged to <folder>/{stdout.log,stderr.log,index.log}.
ports::ProcessRequest script_request(const std::string& script, const ScratchFolder& folder);

// What a runner in a process of its own told about one run.
struct RunReport {
  std::optional<ports::ProcessResult> result;  // absent: it died before the end
  std::vector<std::string> events;             // "start", "sample", "exit"
  std::string error;                           // what `run` threw
};

// Runs a request with the real runner and writes down what came of it; the body of a process
// that a test forks. `report` is a descriptor.
void run_and_report(const ports::ProcessRequest& request, int report);

// The real runner at work in a process of its own, without a controlling terminal.
class RunnerProcess {
 public:
  // The descriptors become its stdout and stderr; -1: closed.
  RunnerProcess(const ports::ProcessRequest& request, int stdout_fd, int stderr_fd,
                const std::function<void()>& before = {});
  ~RunnerProcess();
  RunnerProcess(const RunnerProcess&) = delete;
  RunnerProcess& operator=(const RunnerProcess&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  // The command's process; waits until it has started.
  pid_t command_pid();
  // Waits for the end of the runner.
  RunReport wait();

 private:
  void read_report(const std::function<bool()>& enough);

  pid_t pid_ = -1;
  posix::FileDescriptor report_;
  std::string text_;
};

RunReport parse_report(const std::string& text);

}  // namespace mlrepro::testing
