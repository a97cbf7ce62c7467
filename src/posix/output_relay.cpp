// SPDX-License-Identifier: Apache-2.0
#include "posix/output_relay.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>

#include "posix/system_error.hpp"

namespace mlrepro::posix {
namespace {

constexpr std::int64_t k_ns_per_ms = 1'000'000;
constexpr short k_gone = POLLERR | POLLHUP | POLLNVAL;

const char* name_of(std::size_t number)
{
  return number == 0 ? "stdout" : "stderr";
}

// How many of the bytes were written; `error` says why not all of them.
std::size_t write_all(int fd, std::span<const std::byte> bytes, int& error) noexcept
{
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t size = ::write(fd, bytes.data() + done, bytes.size() - done);
    if (size < 0 && errno == EINTR) {
      continue;
    }
    if (size <= 0) {
      error = size < 0 ? errno : ENOSPC;
      return done;
    }
    done += static_cast<std::size_t>(size);
  }
  return done;
}

// Bytes that are known to be there.
void read_all(int fd, std::span<std::byte> bytes) noexcept
{
  while (!bytes.empty()) {
    const ssize_t size = ::read(fd, bytes.data(), bytes.size());
    if (size > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(size));
    } else if (size == 0 || errno != EINTR) {
      return;
    }
  }
}

}  // namespace

std::int64_t monotonic_ns() noexcept
{
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

void OutputRelay::log_index_to(FileDescriptor index, std::int64_t start_ns)
{
  index_ = std::move(index);
  start_ns_ = start_ns;
}

void OutputRelay::stop_logging() noexcept
{
  for (RelayedStream& stream : streams_) {
    stream.log.reset();
  }
  index_.reset();
}

bool OutputRelay::is_finished() const noexcept
{
  return std::all_of(streams_.begin(), streams_.end(),
                     [](const RelayedStream& stream) { return stream.is_finished(); });
}

bool OutputRelay::has_pending() const noexcept
{
  return std::any_of(streams_.begin(), streams_.end(),
                     [](const RelayedStream& stream) { return stream.has_pending(); });
}

void OutputRelay::prepare(std::span<pollfd, 2 * k_streams> polls) const noexcept
{
  for (std::size_t number = 0; number < k_streams; ++number) {
    const RelayedStream& stream = streams_[number];
    const bool pending = stream.has_pending();
    const bool watch_sink = pending || (stream.source.is_open() && stream.sink.tells_departure());
    polls[2 * number] = {pending ? -1 : stream.source.get(), POLLIN, 0};
    polls[2 * number + 1] = {watch_sink ? stream.sink.get() : -1,
                             static_cast<short>(pending ? POLLOUT : 0), 0};
  }
}

bool OutputRelay::serve(std::span<const pollfd, 2 * k_streams> polls) noexcept
{
  bool progress = false;
  for (std::size_t number = 0; number < k_streams; ++number) {
    RelayedStream& stream = streams_[number];
    const short sink_state = polls[2 * number + 1].revents;
    if (sink_state != 0 && stream.has_pending()) {
      const std::size_t begin = stream.pending_begin;
      flush(stream);
      progress = progress || stream.pending_begin != begin || !stream.has_pending();
    } else if ((sink_state & k_gone) != 0) {
      if (stream.source.is_open()) {
        read_chunk(number);  // what was written while there was a reader is logged
      }
      if (stream.sink.is_open()) {
        lose_sink(stream, EPIPE);
      }
      progress = true;
    }
    if (polls[2 * number].revents != 0 && stream.source.is_open() && !stream.has_pending()) {
      progress = read_chunk(number) || progress;
    }
  }
  return progress;
}

bool OutputRelay::read_chunk(std::size_t number) noexcept
{
  RelayedStream& stream = streams_[number];
  const bool through_log = stream.log.is_open() && stream.preview_in.is_open();
  const ssize_t size =
      through_log ? log_and_read(number)
                  : ::read(stream.source.get(), stream.buffer.data(), stream.buffer.size());
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) {
    return false;
  }
  if (size <= 0) {  // a pseudo-terminal that nobody writes to any more answers EIO
    stream.source.reset();
    return true;
  }
  stream.pending_begin = 0;
  stream.pending_end = static_cast<std::size_t>(size);
  bytes_read_ += stream.pending_end;
  if (!through_log) {
    log_chunk(number);
  }
  flush(stream);
  return true;
}

// splice(2) moves bytes from the command's pipe to the log in one step. Between a read and a write
// a SIGKILL would lose them; so they are only looked at, then moved. Returns as read(2) does.
ssize_t OutputRelay::log_and_read(std::size_t number) noexcept
{
  RelayedStream& stream = streams_[number];
  const int source = stream.source.get();
  const ssize_t size =
      ::tee(source, stream.preview_in.get(), stream.buffer.size(), SPLICE_F_NONBLOCK);
  if (size <= 0) {
    return size;
  }
  const auto seen = static_cast<std::size_t>(size);
  std::size_t moved = 0;
  while (moved < seen && stream.log_error == 0) {
    const ssize_t step = ::splice(source, nullptr, stream.log.get(), nullptr, seen - moved, 0);
    if (step > 0) {
      moved += static_cast<std::size_t>(step);
    } else if (step == 0 || errno != EINTR) {
      stream.log_error = step < 0 ? errno : ENOSPC;
    }
  }
  read_all(stream.preview_out.get(), std::span(stream.buffer).first(seen));
  if (moved < seen) {
    read_all(source, std::span(stream.buffer).subspan(moved, seen - moved));
    if (stream.log_error == EINVAL) {  // a file system that can't
      stream.preview_in.reset();
      stream.preview_out.reset();
      stream.log_error = 0;
      moved += write_all(stream.log.get(), std::span(stream.buffer).subspan(moved, seen - moved),
                         stream.log_error);
    }
  }
  if (stream.log_error != 0) {
    stream.log.reset();
  }
  log_record(number, moved);
  return size;
}

// What the killed one was looking at is in the source still, or in the log.
void OutputRelay::take_over() noexcept
{
  for (RelayedStream& stream : streams_) {
    stream.preview_in.reset();
    stream.preview_out.reset();
  }
}

void OutputRelay::log_chunk(std::size_t number) noexcept
{
  RelayedStream& stream = streams_[number];
  if (!stream.log.is_open()) {
    return;
  }
  const auto chunk = std::span(stream.buffer).first(stream.pending_end);
  log_record(number, write_all(stream.log.get(), chunk, stream.log_error));
  if (stream.log_error != 0) {
    stream.log.reset();
  }
}

void OutputRelay::flush(RelayedStream& stream) noexcept
{
  while (stream.has_pending() && stream.sink.is_open()) {
    const auto bytes =
        std::span(stream.buffer)
            .subspan(stream.pending_begin, stream.pending_end - stream.pending_begin);
    const ssize_t size = stream.sink.write_some(bytes);
    if (size == -EAGAIN) {
      return;
    }
    if (size < 0) {
      lose_sink(stream, static_cast<int>(-size));
      return;
    }
    stream.pending_begin += static_cast<std::size_t>(size);
  }
  if (!stream.sink.is_open()) {
    stream.pending_begin = stream.pending_end = 0;
  }
}

void OutputRelay::lose_sink(RelayedStream& stream, int error) noexcept
{
  stream.pending_begin = stream.pending_end = 0;
  stream.sink.close();
  stream.sink_error = error;
  if (departure_ == Departure::close_source) {
    stream.source.reset();
    stream.reader_left = true;
  }
}

// "<milliseconds since the start> <1 or 2> <bytes>\n", in the order of arrival.
void OutputRelay::log_record(std::size_t number, std::size_t size) noexcept
{
  if (!index_.is_open() || size == 0) {
    return;
  }
  std::array<char, 64> line{};
  const std::int64_t time = (monotonic_ns() - start_ns_) / k_ns_per_ms;
  const int length = std::snprintf(line.data(), line.size(), "%" PRId64 " %c %zu\n", time,
                                   number == 0 ? '1' : '2', size);
  write_all(index_.get(), std::as_bytes(std::span(line).first(static_cast<std::size_t>(length))),
            index_error_);
  if (index_error_ != 0) {
    index_.reset();
  }
}

std::size_t OutputRelay::readable_bytes() const noexcept
{
  std::size_t total = 0;
  for (const RelayedStream& stream : streams_) {
    int bytes = 0;
    if (stream.source.is_open() && ::ioctl(stream.source.get(), FIONREAD, &bytes) == 0) {
      total += static_cast<std::size_t>(bytes);
    }
  }
  return total;
}

std::vector<std::string> OutputRelay::problems() const
{
  std::vector<std::string> found;
  for (std::size_t number = 0; number < k_streams; ++number) {
    const RelayedStream& stream = streams_[number];
    if (stream.log_error != 0) {
      found.push_back(
          system_error(stream.log_error, std::string("log ") + name_of(number)).message());
    }
    if (stream.sink_error != 0 && stream.sink_error != EPIPE) {
      found.push_back(
          system_error(stream.sink_error, std::string("pass on ") + name_of(number)).message());
    }
  }
  if (index_error_ != 0) {
    found.push_back(system_error(index_error_, "log when output was written").message());
  }
  return found;
}

std::array<int, OutputRelay::k_descriptors> OutputRelay::descriptors() const noexcept
{
  std::array<int, k_descriptors> found{};
  std::size_t next = 0;
  for (const RelayedStream& stream : streams_) {
    found[next++] = stream.source.get();
    found[next++] = stream.sink.get();
    found[next++] = stream.log.get();
    found[next++] = stream.preview_in.get();
    found[next++] = stream.preview_out.get();
  }
  found[next] = index_.get();
  return found;
}

}  // namespace mlrepro::posix
