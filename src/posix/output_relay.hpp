// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <poll.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "posix/file_descriptor.hpp"
#include "posix/output_sink.hpp"

namespace mlrepro::posix {

// CLOCK_MONOTONIC in nanoseconds.
std::int64_t monotonic_ns() noexcept;

// One output stream of a command on its way from the command to our own descriptor and the log.
struct RelayedStream {
  static constexpr std::size_t k_buffer_bytes = 65536;

  FileDescriptor source;  // non-blocking
  OutputSink sink;
  FileDescriptor log;
  // A pipe to look at the source's bytes in before they are taken; only where the source is a pipe.
  FileDescriptor preview_in;
  FileDescriptor preview_out;
  int log_error = 0;   // errno that ended the log
  int sink_error = 0;  // errno that ended the passing on
  bool reader_left = false;
  std::size_t pending_begin = 0;
  std::size_t pending_end = 0;
  std::array<std::byte, k_buffer_bytes> buffer;

  [[nodiscard]] bool has_pending() const { return pending_begin < pending_end; }
  [[nodiscard]] bool is_finished() const { return !source.is_open() && !has_pending(); }
};

// Passes bytes on as they come: nothing is held back, split or joined by lines. A chunk is logged
// before it is passed on, so that a slow reader does not keep it from the log. Methods marked
// noexcept do not allocate either, so a forked copy of a threaded process may use them.
class OutputRelay {
 public:
  static constexpr std::size_t k_streams = 2;  // stdout, stderr
  using Polls = std::array<pollfd, 2 * k_streams>;

  // What becomes of the command's end when our own reader has gone.
  enum class Departure {
    close_source,  // the command learns of it, as it would without us
    keep_reading,  // its output is still logged
  };

  RelayedStream& stream(std::size_t number) { return streams_[number]; }
  void log_index_to(FileDescriptor index, std::int64_t start_ns);
  void on_departure(Departure departure) noexcept { departure_ = departure; }
  void stop_logging() noexcept;

  [[nodiscard]] bool is_finished() const noexcept;
  [[nodiscard]] bool has_pending() const noexcept;
  // What to wait for next; unused entries have descriptor -1.
  void prepare(std::span<pollfd, 2 * k_streams> polls) const noexcept;
  // Moves what can be moved; true when bytes moved or a stream came to its end.
  bool serve(std::span<const pollfd, 2 * k_streams> polls) noexcept;
  // Bytes that wait to be read from the command now.
  [[nodiscard]] std::size_t readable_bytes() const noexcept;
  // Bytes read from the command so far.
  [[nodiscard]] std::uint64_t bytes_read() const noexcept { return bytes_read_; }
  // What could not be logged or passed on, for the user.
  [[nodiscard]] std::vector<std::string> problems() const;
  static constexpr std::size_t k_descriptors = 5 * k_streams + 1;
  // Every open descriptor; -1 for the others.
  [[nodiscard]] std::array<int, k_descriptors> descriptors() const noexcept;
  // To be called once by a copy of the relay that goes on after the first was killed.
  void take_over() noexcept;

 private:
  bool read_chunk(std::size_t number) noexcept;
  ssize_t log_and_read(std::size_t number) noexcept;
  void flush(RelayedStream& stream) noexcept;
  void lose_sink(RelayedStream& stream, int error) noexcept;
  void log_chunk(std::size_t number) noexcept;
  void log_record(std::size_t number, std::size_t size) noexcept;

  std::array<RelayedStream, k_streams> streams_;
  FileDescriptor index_;
  int index_error_ = 0;
  std::int64_t start_ns_ = 0;
  std::uint64_t bytes_read_ = 0;
  Departure departure_ = Departure::close_source;
};

}  // namespace mlrepro::posix
