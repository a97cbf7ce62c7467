// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "mlrepro/ports/stat_cache.hpp"
#include "sqlite/database.hpp"

namespace mlrepro::sqlite {

// Keyed by the root as it is passed: one root knows nothing of what lies below another.
class SqliteStatCache final : public ports::StatCache {
 public:
  // The database must outlive the cache.
  explicit SqliteStatCache(Database& database) : database_(database) {}

  [[nodiscard]] ports::CachedFiles load(const std::string& root) const override;
  // Writes only what differs, since most files of a big tree don't.
  void save(const std::string& root, const ports::CachedFiles& files) override;

 private:
  Database& database_;
};

}  // namespace mlrepro::sqlite
