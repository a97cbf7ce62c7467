// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "mlrepro/ports/run_store.hpp"
#include "support/memory_object_store.hpp"

namespace mlrepro::testing {

// Runs in memory. Of filters it knows comparisons of tags with '=' joined by "and", and it sorts
// by start time only; anything else is a mistake of the test.
class MemoryRunStore final : public ports::RunStore {
 public:
  explicit MemoryRunStore(Journal* journal = nullptr) : journal_(journal) {}

  Fault on_insert;
  Fault on_seal;
  Fault on_append;

  [[nodiscard]] const std::vector<ports::Proof>& proofs() const { return proofs_; }
  // Every run in full, in the order of insertion.
  [[nodiscard]] const std::vector<model::Run>& runs() const { return runs_; }

  void insert(const model::Run& run) override;
  std::unique_ptr<ports::RunSeal> begin_seal(const model::RunId& id,
                                             model::Timestamp ended_at) override;
  void reopen(const model::RunId& id, model::Timestamp now) override;
  std::unique_ptr<ports::RunAppend> begin_append(const model::RunId& id,
                                                 model::Timestamp now) override;
  void record_proof(const ports::Proof& proof) override;
  [[nodiscard]] std::vector<model::Run> list(const ports::RunQuery& query) const override;
  void for_each_point(const model::RunId& id, const std::string& key,
                      const ports::PointVisitor& visit) const override;
  [[nodiscard]] std::vector<ports::Experiment> experiments() const override;
  [[nodiscard]] std::vector<model::RunId> unfinished() const override;

 private:
  friend class MemoryRunSeal;
  friend class MemoryRunAppend;
  model::Run& require(const model::RunId& id);
  void note(const char* what) const
  {
    if (journal_ != nullptr) {
      journal_->emplace_back(what);
    }
  }

  std::vector<model::Run> runs_;
  std::map<model::RunId, model::MetricSeries> points_;
  std::vector<ports::Proof> proofs_;
  Journal* journal_;
};

}  // namespace mlrepro::testing
