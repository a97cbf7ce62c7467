// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/run_record.hpp"

namespace mlrepro::ports {

// A run as far as exchanging it goes. What it says is told by documents (format::RunDocument).
struct ExchangedRun {
  model::RunId id;
  std::string name;
  bool ended = false;
  // Of the document of its record as it is now; absent when it was not written yet, or the record
  // has grown since.
  std::optional<model::Digest> document;
  std::vector<model::Digest> known;  // documents whose whole content the record has
};

struct IncomingRun {
  model::RunRecord record;
  model::MetricSeries points;
  model::Digest document;  // that said so
};

// Records on their way to and from other stores.
class RecordExchange {
 public:
  RecordExchange() = default;
  RecordExchange(const RecordExchange&) = delete;
  RecordExchange& operator=(const RecordExchange&) = delete;
  virtual ~RecordExchange() = default;

  // The oldest first.
  [[nodiscard]] virtual std::vector<ExchangedRun> runs() const = 0;
  // Error{not_found} for one that is not there.
  [[nodiscard]] virtual model::RunRecord load(const model::RunId& id) const = 0;
  // Snapshots that were taken by themselves, the oldest first.
  [[nodiscard]] virtual std::vector<model::Snapshot> snapshots() const = 0;
  [[nodiscard]] virtual std::vector<model::Tombstone> tombstones() const = 0;
  // This document says what `record` does; nothing is noted when that has grown meanwhile.
  virtual void note_document(const model::RunRecord& record, const model::Digest& document) = 0;
  // Adds all of this, durably, or nothing. What a run has already stays as it is and is joined with
  // what came: additions of both sides by their dates; of values of one tag, the newest. A run that
  // still runs here is left alone.
  virtual void adopt(const std::vector<IncomingRun>& runs,
                     const std::vector<model::Snapshot>& snapshots,
                     const std::vector<model::Tombstone>& tombstones) = 0;
};

}  // namespace mlrepro::ports
