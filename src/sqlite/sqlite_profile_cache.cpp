// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_profile_cache.hpp"

#include <sqlite3.h>

#include "sqlite/statement.hpp"
#include "sqlite/transaction.hpp"

namespace mlrepro::sqlite {
namespace {

// As long as it lives, what others lock is busy at once.
class NoPatience {
 public:
  explicit NoPatience(Database& database)
      : database_(database),
        usual_ms_(static_cast<int>(database.query_integer("PRAGMA busy_timeout")))
  {
    sqlite3_busy_timeout(database_.handle(), 0);
  }
  ~NoPatience() { sqlite3_busy_timeout(database_.handle(), usual_ms_); }
  NoPatience(const NoPatience&) = delete;
  NoPatience& operator=(const NoPatience&) = delete;

 private:
  Database& database_;
  int usual_ms_;
};

}  // namespace

bool SqliteProfileCache::empty() const
{
  Statement row(database_,
                "SELECT EXISTS (SELECT 1 FROM table_profiles WHERE substr(key, 1, ?2) <> ?1)");
  const std::string facts = ports::k_facts_key;
  row.bind(facts, static_cast<std::int64_t>(facts.size())).step();
  return row.integer(0) == 0;
}

std::optional<std::string> SqliteProfileCache::find(const model::Digest& digest,
                                                    const std::string& key) const
{
  Statement row(database_, "SELECT document FROM table_profiles WHERE digest = ? AND key = ?");
  return row.bind(digest, key).step() ? std::optional(row.text(0)) : std::nullopt;
}

void SqliteProfileCache::keep(const ports::KeptProfile& profile)
{
  if (database_.read_only()) {
    return;
  }
  Transaction transaction(database_);
  insert(profile);
  transaction.commit();
}

// One statement is a transaction of its own. It stands in no queue: it would be gone by the time
// that its turn came.
bool SqliteProfileCache::try_keep(const ports::KeptProfile& profile)
{
  if (database_.read_only()) {
    return false;
  }
  const NoPatience none(database_);
  try {
    insert(profile);
  } catch (const model::Error& error) {
    if (error.kind() != model::ErrorKind::locked) {
      throw;
    }
    return false;
  }
  return true;
}

// A profile quotes what is in a table, and the table may have been destroyed while it was read.
void SqliteProfileCache::insert(const ports::KeptProfile& profile)
{
  Statement(database_,
            "INSERT OR REPLACE INTO table_profiles (digest, key, snapshot, document)"
            " SELECT ?1, ?2, ?3, ?4"
            " WHERE NOT EXISTS (SELECT 1 FROM forgotten_content WHERE digest = ?1)")
      .bind(profile.digest, profile.key, profile.snapshot, profile.document)
      .run();
}

}  // namespace mlrepro::sqlite
