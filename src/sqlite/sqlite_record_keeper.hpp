// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mlrepro/ports/record_keeper.hpp"
#include "sqlite/database.hpp"

namespace mlrepro::sqlite {

class SqliteRecordKeeper final : public ports::RecordKeeper {
 public:
  // The database outlives it.
  explicit SqliteRecordKeeper(Database& database) : database_(database) {}

  void require_writable() const override { database_.require_writable(); }
  [[nodiscard]] ports::RecordedContent recorded_content() const override;
  void forget(const ports::ForgottenRecords& records) override;
  void condemn(const std::vector<ports::CondemnedContent>& content, model::Timestamp at) override;
  void set_destroyed(const std::set<model::Digest>& content) override;
  [[nodiscard]] std::map<model::Digest, model::Timestamp> forgotten_content() const override;
  void forget_former(const std::vector<std::string>& reasons) override;

 private:
  void forget_run(const model::RunId& id, const std::string& date);
  void forget_snapshot(const model::Digest& id, const std::string& date);
  // A commit that leaves no trace of what it deletes: not in free pages, not in the log.
  template <typename Action>
  void erase(Action action);

  Database& database_;
};

}  // namespace mlrepro::sqlite
