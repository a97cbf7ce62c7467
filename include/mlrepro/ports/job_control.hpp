// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace mlrepro::ports {

// A process of this very program.
struct JobRequest {
  std::vector<std::string> arguments;  // behind the program's name
  std::string cwd;                     // absolute
};

struct EndedJob {
  int job = 0;
  // Exactly one of the two is set.
  std::optional<int> exit_code;
  std::optional<int> signal;
};

struct JobNews {
  std::vector<EndedJob> ended;
  std::optional<int> asked_to_end;  // the last signal that asked us to, since the wait before
};

// Several processes at once. They read nothing, share our stdout and stderr, and go on if this
// process dies. Signals that we get reach each of them once.
class JobControl {
 public:
  JobControl() = default;
  JobControl(const JobControl&) = delete;
  JobControl& operator=(const JobControl&) = delete;
  virtual ~JobControl() = default;

  // The job's number; absent when we were asked to end meanwhile, and then nothing was started.
  // Error{io} when there is no process to be had.
  virtual std::optional<int> start(const JobRequest& request) = 0;
  // Until a job ends, a signal comes or `patience` is over.
  virtual JobNews wait(std::chrono::milliseconds patience) = 0;
};

}  // namespace mlrepro::ports
