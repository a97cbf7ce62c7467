// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mlrepro/ports/profile_cache.hpp"
#include "sqlite/database.hpp"

namespace mlrepro::sqlite {

class SqliteProfileCache final : public ports::ProfileCache {
 public:
  // The database outlives it.
  explicit SqliteProfileCache(Database& database) : database_(database) {}

  [[nodiscard]] bool empty() const override;
  [[nodiscard]] std::optional<std::string> find(const model::Digest& digest,
                                                const std::string& key) const override;
  void keep(const ports::KeptProfile& profile) override;
  bool try_keep(const ports::KeptProfile& profile) override;

 private:
  void insert(const ports::KeptProfile& profile);

  Database& database_;
};

}  // namespace mlrepro::sqlite
