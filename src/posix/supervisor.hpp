// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "mlrepro/ports/process_runner.hpp"
#include "posix/access_tracer.hpp"
#include "posix/output_guard.hpp"
#include "posix/output_relay.hpp"
#include "posix/process_tree.hpp"
#include "posix/signal_gate.hpp"

namespace mlrepro::posix {

enum class Forward { nobody, command, group };

// Whom a signal that we got is to be passed on to, so that the command gets what it would have
// got without us: once, and with its children only where the sender meant a whole group.
Forward plan_forward(const ReceivedSignal& signal, bool sent_to_group, bool own_group);

// What a supervisor works on; all of it outlives the supervisor.
struct Supervision {
  SupervisedCommand command;
  const ports::ProcessRequest& request;
  ports::ProcessObserver& observer;
  SignalGate& signals;
  OutputRelay& relay;
  OutputGuard* guard = nullptr;            // null: there is none to be had
  AccessTracer* tracer = nullptr;          // the command's parent; null: we are
  std::function<bool()> copy_window_size;  // to the command's terminals; true when it changed
  // Called once the command has run for a moment, if the request has `resources`; may be empty.
  std::function<void()> measure_resources = {};
};

// Stays with a command until it has ended: relays its output, passes signals on, keeps its time.
class Supervisor {
 public:
  explicit Supervisor(const Supervision& supervision);

  // Fills all of the result but `problems` of the relay. Exceptions of the observer become
  // problems: the command is not to suffer from them.
  ports::ProcessResult run();
  // After `run`: whether somebody still holds the command's output open.
  [[nodiscard]] bool has_output_left() const { return !work_.relay.is_finished(); }

 private:
  void wait_once();
  [[nodiscard]] int poll_timeout_ms() const;
  void take_signals();
  void take(const ReceivedSignal& signal);
  void take_window_change(const ReceivedSignal& signal, bool sent_to_group);
  void tell_of_window_size();
  void escalate(int signal);
  void reap();
  void take_end_from_tracer();
  void end(int status, const rusage& usage);
  void fire_timers();
  void schedule_sample();
  [[nodiscard]] bool is_drained() const;
  void observe(const std::function<void()>& call);

  Supervision work_;
  ports::ProcessResult result_;
  std::int64_t start_ns_;
  bool ended_ = false;
  bool hurried_ = false;  // asked to end when only output was left
  std::size_t samples_ = 0;
  std::int64_t sample_ns_ = 0;
  std::optional<std::int64_t> measure_ns_;
  std::optional<std::int64_t> timeout_ns_;
  std::optional<std::int64_t> kill_ns_;
  std::optional<std::int64_t> window_check_ns_;
  std::optional<std::int64_t> first_request_ns_;  // when we were first asked to end
  std::int64_t ended_ns_ = 0;
  std::int64_t last_output_ns_ = 0;
  std::uint64_t owed_bytes_ = 0;                       // what the command had written when it ended
  std::array<bool, OutputRelay::k_streams> closed_{};  // at the guard
};

}  // namespace mlrepro::posix
