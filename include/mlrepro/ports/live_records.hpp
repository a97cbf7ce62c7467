// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/model/run_id.hpp"
#include "mlrepro/ports/process_runner.hpp"

namespace mlrepro::ports {

// Who keeps a running run.
enum class Liveness {
  supervised,  // its mlrepro is alive
  orphaned,    // its mlrepro is gone, the command goes on
  ended,       // both are gone
};

// The paths of a running run's files, which the wrapped command may write to.
struct LivePaths {
  LogFiles logs;
  std::string metrics;         // $MLREPRO_METRICS
  std::string events;          // lines of `mlrepro log`; only for reading
  std::string resources = {};  // lines of what the command uses of the machine
  std::string trace = {};      // where a traced run's accesses are written down
};

enum class LiveLines {
  metrics,    // of $MLREPRO_METRICS
  events,     // of `mlrepro log`
  resources,  // what the command used of the machine
};

// Takes some of the lines, with their line feeds; only the last one may lack its own.
using LineVisitor = std::function<void(std::string_view lines)>;

// Held while a run's record is completed; nobody can append to the live record meanwhile.
class SealGuard {
 public:
  SealGuard() = default;
  SealGuard(const SealGuard&) = delete;
  SealGuard& operator=(const SealGuard&) = delete;
  virtual ~SealGuard() = default;

  // The run is sealed in the database: its live record goes away.
  virtual void remove() = 0;
};

// What running runs write before their record is sealed: append-only files, no database.
class LiveRecords {
 public:
  LiveRecords() = default;
  LiveRecords(const LiveRecords&) = delete;
  LiveRecords& operator=(const LiveRecords&) = delete;
  virtual ~LiveRecords() = default;

  // Makes the record of a run that this process supervises.
  virtual LivePaths create(const model::RunId& id) = 0;
  virtual void set_process(const model::RunId& id, const ProcessIdentity& process) = 0;
  virtual void set_exit(const model::RunId& id, const ProcessResult& result) = 0;
  // Appends whole lines, all or none of them; false when the run has no live record (any more).
  virtual bool append(const model::RunId& id, std::string_view lines) = 0;
  // Visits all lines of a kind in the order in which they were written; false, with none, when
  // there is no live record. A record of any length takes memory for some of it only.
  virtual bool read(const model::RunId& id, LiveLines kind, const LineVisitor& visit) const = 0;
  // How the command ended, if its mlrepro still saw it.
  [[nodiscard]] virtual std::optional<ProcessResult> exit(const model::RunId& id) const = 0;
  // Absent when there is no live record.
  [[nodiscard]] virtual std::optional<Liveness> liveness(const model::RunId& id) const = 0;
  [[nodiscard]] virtual std::vector<model::RunId> list() const = 0;
  // Waits for appends under way. Null when there is no live record; what a removal that was killed
  // left of one is removed.
  virtual std::unique_ptr<SealGuard> lock(const model::RunId& id) = 0;
  // When a run's mlrepro and command are gone, somebody may still be logging the last of its
  // output: waits for that, as long as `patience`. False when it isn't over then; whom the command
  // left in the background may write for ever.
  [[nodiscard]] virtual bool await_output(const model::RunId& id,
                                          std::chrono::milliseconds patience) const = 0;
  [[nodiscard]] virtual LivePaths paths(const model::RunId& id) const = 0;
};

}  // namespace mlrepro::ports
