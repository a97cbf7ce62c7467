// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "mlrepro/ports/process_runner.hpp"

namespace mlrepro::posix {

// Runs commands on this machine. Where one of our own stdout and stderr is a terminal, the
// command gets a pseudo-terminal in its place, elsewhere a pipe; both are passed on byte for
// byte. stdin and every other inherited descriptor are left alone. With a controlling terminal
// the command stays in our process group, so that its keys work; without, it leads one of its own.
class LocalProcessRunner final : public ports::ProcessRunner {
 public:
  LocalProcessRunner() = default;
  ~LocalProcessRunner() override;
  LocalProcessRunner(const LocalProcessRunner&) = delete;
  LocalProcessRunner& operator=(const LocalProcessRunner&) = delete;

  // One thread at a time: it takes the signals of the process meanwhile. What an observer throws
  // is added to `problems`, since the command is already running.
  ports::ProcessResult run(const ports::ProcessRequest& request,
                           ports::ProcessObserver& observer) override;
  [[nodiscard]] std::optional<std::string> find_program(const std::string& name,
                                                        const std::string& cwd) const override;
  [[nodiscard]] std::optional<std::string> find_isolation_obstacle() const override;
  [[nodiscard]] std::optional<std::string> find_trace_obstacle() const override;

 private:
  void reap_lingering() noexcept;

  // Guards that still pass on what background processes write, tracers that answer their calls,
  // samplers that hang in the kernel.
  std::vector<pid_t> lingering_;
};

}  // namespace mlrepro::posix
