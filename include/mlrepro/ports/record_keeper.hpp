// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "mlrepro/model/run_id.hpp"
#include "mlrepro/ports/object_collector.hpp"

namespace mlrepro::ports {

struct ForgottenRecords {
  std::vector<model::RunId> runs;
  std::vector<model::Digest> snapshots;  // their ids
  model::Timestamp at;
};

struct CondemnedContent {
  model::Digest digest;
  bool folder = false;  // true: a folder in which something is condemned
  std::string path;
};

// What the records say about content as a whole.
class RecordKeeper {
 public:
  RecordKeeper() = default;
  RecordKeeper(const RecordKeeper&) = delete;
  RecordKeeper& operator=(const RecordKeeper&) = delete;
  virtual ~RecordKeeper() = default;

  // Throws Error{io} when nothing can be recorded.
  virtual void require_writable() const = 0;
  // All content that any record names, as one moment has it, and what forgotten records named.
  [[nodiscard]] virtual RecordedContent recorded_content() const = 0;
  // Takes away all of these, or none: Error{conflict} when one of the runs is running, Error{
  // not_found} when something is on record no more. What runs that stay have as inputs and outputs
  // stays. Nothing of it is left in the database's files.
  virtual void forget(const ForgottenRecords& records) = 0;
  // This content is to be destroyed: noted for good, before any of it goes.
  virtual void condemn(const std::vector<CondemnedContent>& content, model::Timestamp at) = 0;
  // It is: what was condemned up to now.
  virtual void set_destroyed(const std::set<model::Digest>& content) = 0;
  // When which files and links were destroyed, or condemned.
  [[nodiscard]] virtual std::map<model::Digest, model::Timestamp> forgotten_content() const = 0;
  // What forgotten records named is collected; of `reasons`, nothing more is told.
  virtual void forget_former(const std::vector<std::string>& reasons) = 0;
};

}  // namespace mlrepro::ports
