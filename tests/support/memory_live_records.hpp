// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/ports/live_records.hpp"
#include "support/memory_object_store.hpp"

namespace mlrepro::testing {

// Live records in memory. Whoever made one supervises it until `abandon` says otherwise.
class MemoryLiveRecords final : public ports::LiveRecords {
 public:
  explicit MemoryLiveRecords(std::string root = "/live") : root_(std::move(root)) {}

  bool output_is_complete = true;
  Fault on_create;
  Fault on_append;

  // Its mlrepro is gone, and the command too where `liveness` says so.
  void abandon(const model::RunId& id, ports::Liveness liveness)
  {
    records_.at(id).liveness = liveness;
  }
  // What the command itself writes to $MLREPRO_METRICS.
  void write_metrics(const std::string& path, std::string_view lines);
  // What measuring the command has to say.
  void write_resources(const std::string& path, std::string_view lines);
  [[nodiscard]] std::optional<ports::ProcessIdentity> process(const model::RunId& id) const
  {
    return records_.at(id).process;
  }

  ports::LivePaths create(const model::RunId& id) override;
  void set_process(const model::RunId& id, const ports::ProcessIdentity& process) override
  {
    records_.at(id).process = process;
  }
  void set_exit(const model::RunId& id, const ports::ProcessResult& result) override
  {
    records_.at(id).exit = result;
  }
  bool append(const model::RunId& id, std::string_view lines) override;
  bool read(const model::RunId& id, ports::LiveLines kind,
            const ports::LineVisitor& visit) const override;
  [[nodiscard]] std::optional<ports::ProcessResult> exit(const model::RunId& id) const override;
  [[nodiscard]] std::optional<ports::Liveness> liveness(const model::RunId& id) const override;
  [[nodiscard]] std::vector<model::RunId> list() const override;
  std::unique_ptr<ports::SealGuard> lock(const model::RunId& id) override;
  [[nodiscard]] bool await_output(const model::RunId& /*id*/,
                                  std::chrono::milliseconds /*patience*/) const override
  {
    return output_is_complete;
  }
  [[nodiscard]] ports::LivePaths paths(const model::RunId& id) const override;

 private:
  friend class MemorySealGuard;
  struct Record {
    std::map<ports::LiveLines, std::string> lines;
    std::optional<ports::ProcessResult> exit;
    ports::Liveness liveness = ports::Liveness::supervised;
    std::optional<ports::ProcessIdentity> process;
  };
  std::string root_;
  std::map<model::RunId, Record> records_;
};

}  // namespace mlrepro::testing
