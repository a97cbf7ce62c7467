// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "mlrepro/ports/live_records.hpp"

namespace mlrepro::storage {

// runs/<id>/ with one append-only file a stream (docs/format.md, "Live records"). The lock on
// events.jsonl orders appenders (shared) and the one who seals (exclusive); a sealed record's file
// is unlinked, which an appender that waited for the lock sees by the link count.
class LocalLiveRecords final : public ports::LiveRecords {
 public:
  // What appended lines survive when `append` has returned.
  enum class Appends {
    process,  // the death of this process
    machine,  // a loss of power
  };

  explicit LocalLiveRecords(std::string root, Appends appends = Appends::process)
      : root_(std::move(root)), appends_(appends)
  {
  }

  // Removes what processes that were killed in `create` left.
  void sweep_unfinished();

  ports::LivePaths create(const model::RunId& id) override;
  void set_process(const model::RunId& id, const ports::ProcessIdentity& process) override;
  void set_exit(const model::RunId& id, const ports::ProcessResult& result) override;
  bool append(const model::RunId& id, std::string_view lines) override;
  bool read(const model::RunId& id, ports::LiveLines kind,
            const ports::LineVisitor& visit) const override;
  [[nodiscard]] std::optional<ports::ProcessResult> exit(const model::RunId& id) const override;
  [[nodiscard]] std::optional<ports::Liveness> liveness(const model::RunId& id) const override;
  [[nodiscard]] std::vector<model::RunId> list() const override;
  std::unique_ptr<ports::SealGuard> lock(const model::RunId& id) override;
  [[nodiscard]] bool await_output(const model::RunId& id,
                                  std::chrono::milliseconds patience) const override;
  [[nodiscard]] ports::LivePaths paths(const model::RunId& id) const override;

 private:
  [[nodiscard]] std::string folder_of(const model::RunId& id) const
  {
    return root_ + "/" + id.str();
  }

  std::string root_;
  Appends appends_;
};

}  // namespace mlrepro::storage
