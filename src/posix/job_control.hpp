// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "mlrepro/ports/job_control.hpp"
#include "posix/output_guard.hpp"
#include "posix/output_relay.hpp"
#include "posix/signal_gate.hpp"

namespace mlrepro::posix {

// While it lives, signals of this process are taken here and passed on to the jobs, which share its
// process group. A job's number is its process.
class LocalJobControl final : public ports::JobControl {
 public:
  LocalJobControl();

  std::optional<int> start(const ports::JobRequest& request) override;
  ports::JobNews wait(std::chrono::milliseconds patience) override;

 private:
  void take_signals();
  void take(const ReceivedSignal& signal);
  void reap();

  SignalGate signals_;
  std::unique_ptr<OutputRelay> nothing_;  // relays no stream
  std::unique_ptr<OutputGuard> witness_;  // sees which signals are for the whole group; may be null
  std::vector<pid_t> jobs_;
  ports::JobNews news_;
};

}  // namespace mlrepro::posix
