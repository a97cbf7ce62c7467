// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mlrepro/ports/remote_list.hpp"
#include "sqlite/database.hpp"

namespace mlrepro::sqlite {

class SqliteRemoteList final : public ports::RemoteList {
 public:
  // The database outlives it.
  explicit SqliteRemoteList(Database& database) : database_(database) {}

  [[nodiscard]] std::vector<ports::RemotePlace> list() const override;
  void add(const ports::RemotePlace& place) override;
  bool remove(const std::string& name) override;

 private:
  Database& database_;
};

}  // namespace mlrepro::sqlite
