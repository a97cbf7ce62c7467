// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mlrepro/format/event_lines.hpp"
#include "mlrepro/model/run_event.hpp"
#include "mlrepro/model/run_id.hpp"
#include "mlrepro/ports/clock.hpp"
#include "mlrepro/ports/live_records.hpp"
#include "mlrepro/ports/run_store.hpp"
#include "posix/file_descriptor.hpp"

namespace mlrepro::cli {

// Adds a stream of event lines to one run, however long it gets. While the run runs, lines are on
// record as soon as they come: in its live record, or in the database where a client keeps it.
// Those that come when it has ended wait for the end of the stream and are then added, all or none.
class LogStream {
 public:
  using OpenRuns = std::function<ports::RunStore&()>;

  // `folder` is where lines wait that are too many for memory. `open_runs` is called when there is
  // no live record (any more).
  LogStream(ports::LiveRecords& live, const ports::Clock& clock, model::RunId id,
            std::string folder, OpenRuns open_runs)
      : live_(live),
        clock_(clock),
        id_(std::move(id)),
        folder_(std::move(folder)),
        open_runs_(std::move(open_runs))
  {
  }

  // The most text that the notes of one stream may have: a note is kept in one piece.
  static constexpr std::size_t k_most_note_bytes = 16'777'216;

  // Whole lines, or none. Error{usage} for a bad one, or for a note too much, says which lines
  // before it are on record.
  void add(std::string_view lines);
  // Whether the run has ended, so that `finish` is needed.
  [[nodiscard]] bool run_has_ended() const { return ended_; }
  // The stream has ended. Errors are those of RunStore::append.
  void finish();
  // Events that are on record.
  [[nodiscard]] std::size_t added() const { return added_; }

 private:
  // A line that is not taken, and why; 0: there is none.
  struct Refused {
    std::size_t line = 0;
    std::string problem;
  };
  [[nodiscard]] Refused find_refused(std::string_view lines, const format::EventLines& read);
  [[noreturn]] void refuse(const Refused& refused) const;
  // False when the run has ended.
  bool put(const std::vector<model::RunEvent>& events);
  void spill();
  void add_to(ports::RunAppend& append, std::string_view lines);

  ports::LiveRecords& live_;
  const ports::Clock& clock_;
  model::RunId id_;
  std::string folder_;
  OpenRuns open_runs_;
  bool ended_ = false;      // the run
  std::size_t lines_ = 0;   // that came
  std::size_t logged_ = 0;  // of these, on record
  std::size_t added_ = 0;
  std::size_t note_bytes_ = 0;
  std::string waiting_;  // lines, behind those in the file
  posix::FileDescriptor spool_;
};

}  // namespace mlrepro::cli
