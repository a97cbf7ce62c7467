// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "mlrepro/ports/file_trace.hpp"
#include "posix/file_descriptor.hpp"

namespace mlrepro::posix {

// Writes the accesses that somebody wants to know of to the trace's log, each kind once a path.
// A line is in the file before the access happens.
class AccessLog {
 public:
  // `request` outlives the log.
  AccessLog(const ports::TraceRequest& request, FileDescriptor file);

  [[nodiscard]] int get() const { return file_.get(); }
  void add(std::vector<model::FileAccess> accesses);
  // Whether something could not be written, or nothing is to be written any more.
  [[nodiscard]] bool is_broken() const { return broken_; }
  void stop() { broken_ = true; }

 private:
  void add_one(model::FileAccess& access);
  void add_use(model::FileAccess& access);
  void add_removal(model::FileAccess& access);
  void add_move(model::FileAccess& access);
  void write(const model::FileAccess& access);
  void forget(const std::string& path);
  [[nodiscard]] model::Sighting look_behind_links(const std::string& path,
                                                  const model::Sighting& seen) const;

  const ports::TraceRequest& request_;
  FileDescriptor file_;
  bool broken_ = false;
  std::size_t written_bytes_ = 0;
  std::size_t outside_ = 0;
  std::map<std::string, std::uint8_t> known_;  // which kinds a path has had
};

}  // namespace mlrepro::posix
