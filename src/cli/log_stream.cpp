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

std::size_t note_bytes(const std::vector<model::RunEvent>& events)
{
  std::size_t bytes = 0;
  for (const model::RunEvent& event : events) {
    if (const auto* note = std::get_if<model::NoteLogged>(&event)) {
      bytes += note->text.size() + 1;
    }
  }
  return bytes;
}

bool is_running(const ports::RunStore& runs, const model::RunId& id)
{
  ports::RunQuery query;
  query.id_prefix = id.str();
  query.detail = ports::RunQuery::Detail::names;
  const auto found = runs.list(query);
  return !found.empty() && found.front().status == model::RunStatus::running;
}

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
  const Refused refused = find_refused(lines, read);
  if (refused.line > 0) {
    read.events = format::parse_event_lines(first_lines(lines, refused.line - 1 - lines_)).events;
  }
  lines_ = refused.line > 0 ? refused.line - 1 : read.next_line - 1;
  ended_ = ended_ || !put(read.events);
  if (!ended_) {
    logged_ = lines_;
    added_ += read.events.size();
  }
  if (refused.line > 0) {
    refuse(refused);
  }
  if (ended_) {
    waiting_.append(lines);
    if (waiting_.size() > k_most_waiting) {
      spill();
    }
  }
}

LogStream::Refused LogStream::find_refused(std::string_view lines, const format::EventLines& read)
{
  Refused refused;
  if (!read.bad.empty()) {
    refused = {read.bad.front().line, read.bad.front().problem};
  }
  const std::size_t before = note_bytes_;
  note_bytes_ += note_bytes(read.events);
  if (note_bytes_ <= k_most_note_bytes) {
    return refused;
  }
  std::size_t bytes = before;
  std::size_t line = lines_ + 1;
  while (refused.line == 0 || line < refused.line) {
    const std::string_view one =
        first_lines(lines, lines.find('\n') == std::string_view::npos ? 0 : 1);
    bytes += note_bytes(format::parse_event_lines(one.empty() ? lines : one).events);
    if (bytes > k_most_note_bytes) {
      return {line, "the notes of this stream are longer than " +
                        std::to_string(k_most_note_bytes) + " bytes"};
    }
    lines.remove_prefix(one.empty() ? lines.size() : one.size());
    ++line;
  }
  return refused;
}

bool LogStream::put(const std::vector<model::RunEvent>& events)
{
  const model::Timestamp now = clock_.now();
  if (live_.append(id_, tracking::live_lines(events, now))) {
    return true;
  }
  ports::RunStore& runs = open_runs_();
  if (!is_running(runs, id_)) {
    return false;
  }
  if (!events.empty()) {
    runs.append(id_, events, now);
  }
  return true;
}

void LogStream::finish()
{
  if (spool_.is_open()) {
    spill();
    if (::lseek(spool_.get(), 0, SEEK_SET) != 0) {
      posix::throw_errno("read lines kept in '" + folder_ + "'");
    }
  }
  const auto append = open_runs_().begin_append(id_, clock_.now());
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

void LogStream::refuse(const Refused& refused) const
{
  std::string kept = "nothing was logged";
  if (logged_ > 0) {
    kept =
        logged_ == 1 ? "line 1 is logged" : "lines 1 to " + std::to_string(logged_) + " are logged";
  }
  throw model::Error(
      model::ErrorKind::usage,
      "standard input, line " + std::to_string(refused.line) + ": " + refused.problem,
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
