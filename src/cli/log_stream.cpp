// SPDX-License-Identifier: Apache-2.0
#include "cli/log_stream.hpp"

#include <unistd.h>

#include "mlrepro/format/event_lines.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/tracking/log_events.hpp"
#include "posix/line_reader.hpp"
#include "posix/nameless_file.hpp"
#include "posix/system_error.hpp"

namespace mlrepro::cli {
namespace {

constexpr std::size_t k_most_waiting = 4'194'304;  // bytes in memory

// `text` has that many line feeds.
std::string_view first_lines(std::string_view text, std::size_t count)
{
  std::size_t end = 0;
  for (; count > 0; --count) {
    end = text.find('\n', end) + 1;
  }
  return text.substr(0, end);
}

}  // namespace

void LogStream::add(std::string_view lines)
{
  if (lines.empty() && logged_ > 0) {
    return;  // the end, and the run's own must not turn what is logged into a failure
  }
  auto read = format::parse_event_lines(lines, lines_ + 1);
  const std::size_t bad = read.bad.empty() ? 0 : read.bad.front().line;
  if (bad > 0) {
    read.events = format::parse_event_lines(first_lines(lines, bad - 1 - lines_)).events;
  }
  lines_ = bad > 0 ? bad - 1 : read.next_line - 1;
  ended_ = ended_ || !live_.append(id_, tracking::live_lines(read.events, clock_.now()));
  if (!ended_) {
    logged_ = lines_;
    added_ += read.events.size();
  }
  if (bad > 0) {
    refuse(bad, read.bad.front().problem);
  }
  if (ended_) {
    waiting_.append(lines);
    if (waiting_.size() > k_most_waiting) {
      spill();
    }
  }
}

void LogStream::finish(ports::RunStore& runs)
{
  if (spool_.is_open()) {
    spill();
    if (::lseek(spool_.get(), 0, SEEK_SET) != 0) {
      posix::throw_errno("read lines kept in '" + folder_ + "'");
    }
  }
  const auto append = runs.begin_append(id_, clock_.now());
  if (spool_.is_open()) {
    posix::LineReader reader(spool_.get(), "lines kept in '" + folder_ + "'");
    for (auto lines = reader.next(); !lines.empty(); lines = reader.next()) {
      add_to(*append, lines);
    }
  } else {
    add_to(*append, waiting_);
  }
  append->finish();
}

void LogStream::refuse(std::size_t line, const std::string& problem) const
{
  std::string kept = "nothing was logged";
  if (logged_ > 0) {
    kept =
        logged_ == 1 ? "line 1 is logged" : "lines 1 to " + std::to_string(logged_) + " are logged";
  }
  throw model::Error(model::ErrorKind::usage,
                     "standard input, line " + std::to_string(line) + ": " + problem,
                     R"(write lines such as {"metric":"loss","value":0.3,"step":7}; )" + kept);
}

void LogStream::spill()
{
  if (!spool_.is_open()) {
    spool_ = posix::make_nameless_file(folder_);
  }
  posix::write_fully(spool_.get(), waiting_, "keep lines in '" + folder_ + "'");
  waiting_.clear();
}

void LogStream::add_to(ports::RunAppend& append, std::string_view lines)
{
  const auto events = format::parse_event_lines(lines).events;
  append.add(events);
  added_ += events.size();
}

}  // namespace mlrepro::cli
