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

 private:
  Database& database_;
};

}  // namespace mlrepro::sqlite
