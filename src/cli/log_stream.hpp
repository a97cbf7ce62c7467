// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "mlrepro/model/run_id.hpp"
#include "mlrepro/ports/clock.hpp"
#include "mlrepro/ports/live_records.hpp"
#include "mlrepro/ports/run_store.hpp"
#include "posix/file_descriptor.hpp"

namespace mlrepro::cli {

// Adds a stream of event lines to one run, however long it gets. While the run runs, lines are on
// record as soon as they come. Those that come when it has ended wait for the end of the stream and
// are then added, all or none.
class LogStream {
 public:
  // `folder` is where lines wait that are too many for memory.
  LogStream(ports::LiveRecords& live, const ports::Clock& clock, model::RunId id,
            std::string folder)
      : live_(live), clock_(clock), id_(std::move(id)), folder_(std::move(folder))
  {
  }

  // Whole lines, or none. Error{usage} for a bad one says which lines before it are on record.
  void add(std::string_view lines);
  // Whether the run has ended, so that `finish` is needed.
  [[nodiscard]] bool run_has_ended() const { return ended_; }
  // The stream has ended. Errors are those of RunStore::append.
  void finish(ports::RunStore& runs);
  // Events that are on record.
  [[nodiscard]] std::size_t added() const { return added_; }

 private:
  [[noreturn]] void refuse(std::size_t line, const std::string& problem) const;
  void spill();
  void add_to(ports::RunAppend& append, std::string_view lines);

  ports::LiveRecords& live_;
  const ports::Clock& clock_;
  model::RunId id_;
  std::string folder_;
  bool ended_ = false;      // the run
  std::size_t lines_ = 0;   // that came
  std::size_t logged_ = 0;  // of these, on record
  std::size_t added_ = 0;
  std::string waiting_;  // lines, behind those in the file
  posix::FileDescriptor spool_;
};

}  // namespace mlrepro::cli
