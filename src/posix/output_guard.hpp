// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "posix/file_descriptor.hpp"
#include "posix/output_relay.hpp"
#include "posix/signal_gate.hpp"

namespace mlrepro::posix {

// A forked copy of this process that holds the relay's descriptors and waits. If this process
// dies without a word, the copy goes on relaying and logging until the command's output ends.
//
// It stays in our process group with all signals blocked until it is needed; so it also sees
// which of the signals that we got were meant for the whole group.
class OutputGuard {
 public:
  // The copy closes every other descriptor. Throws Error{io} when there is no process to be had.
  explicit OutputGuard(OutputRelay& relay);
  // Ends the copy unless it was handed the output, and waits for it.
  ~OutputGuard();
  OutputGuard(const OutputGuard&) = delete;
  OutputGuard& operator=(const OutputGuard&) = delete;

  // Gives up the source of a stream whose reader has left, so that the command learns of it.
  void close_stream(std::size_t number) noexcept;
  // Whether the whole group was sent this signal, by the same sender. To be asked for each signal
  // that was received, since asking also forgets; false when not known.
  [[nodiscard]] bool was_sent_to_group(const ReceivedSignal& signal) noexcept;
  // From here on the copy passes output on, without logging, until it ends; returns its process,
  // which somebody has to reap.
  pid_t hand_over() noexcept;

 private:
  // By the index in k_passed_on_signals: who sent it to the copy; k_nobody where it did not come.
  using Senders = std::array<std::int32_t, k_passed_on_signals.size()>;
  static constexpr std::int32_t k_nobody = -1;

  static Senders take_pending_signals() noexcept;
  [[noreturn]] static void watch(OutputRelay& relay, int line) noexcept;
  bool tell(char message) noexcept;

  pid_t pid_ = -1;
  FileDescriptor line_;
  Senders senders_{};
};

}  // namespace mlrepro::posix
