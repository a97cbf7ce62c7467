// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mlrepro/ports/record_exchange.hpp"
#include "sqlite/database.hpp"

namespace mlrepro::sqlite {

class SqliteRecordExchange final : public ports::RecordExchange {
 public:
  // The database outlives it.
  explicit SqliteRecordExchange(Database& database) : database_(database) {}

  [[nodiscard]] std::vector<ports::ExchangedRun> runs() const override;
  [[nodiscard]] model::RunRecord load(const model::RunId& id) const override;
  [[nodiscard]] std::vector<model::Snapshot> snapshots() const override;
  [[nodiscard]] std::vector<model::Tombstone> tombstones() const override;
  void note_document(const model::RunRecord& record, const model::Digest& document) override;
  void adopt(const std::vector<ports::IncomingRun>& runs,
             const std::vector<model::Snapshot>& snapshots,
             const std::vector<model::Tombstone>& tombstones) override;

 private:
  void adopt_run(const ports::IncomingRun& incoming);
  void join(std::int64_t number, const ports::IncomingRun& incoming);

  Database& database_;
};

}  // namespace mlrepro::sqlite
