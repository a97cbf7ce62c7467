// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/ports/process_runner.hpp"
#include "posix/network_isolation.hpp"
#include "posix/signal_gate.hpp"

namespace mlrepro::posix {

struct ChildPlan {
  std::vector<std::string> argv;
  std::vector<std::string> environment;  // "NAME=value"
  std::vector<std::string> files;        // to execute: the first that can be
  std::string cwd;
  int stdin_fd = -1;  // -1: our own, as for the next two
  int stdout_fd = -1;
  int stderr_fd = -1;
  bool own_group = false;
  std::optional<NetworkIsolation> no_network;  // absent: the network is ours
};

// The files are searched in the PATH that the command will see.
ChildPlan plan_child(const ports::ProcessRequest& request);

struct ChildStart {
  pid_t pid = -1;
  int error = 0;  // errno of the execution; then there is no process
};

// Makes a child process and calls the function in it, which does not return; returns its number.
using Launch = std::function<pid_t(const std::function<void()>& child)>;
pid_t launch_directly(const std::function<void()>& child);

// Returns when the command's program has been executed, or can't be. Throws Error for what is
// not the program's fault: no process to be had, no such working folder. The process waits until
// `before_start`, which must not throw, has returned; if we die before that, so does it.
ChildStart start_child(const ChildPlan& plan, const SignalGate& signals,
                       const std::function<void(pid_t)>& before_start,
                       const Launch& launch = launch_directly);

}  // namespace mlrepro::posix
