// SPDX-License-Identifier: Apache-2.0
#include "sqlite/statement_cache.hpp"

#include <sqlite3.h>

#include <new>
#include <utility>

namespace mlrepro::sqlite {
namespace {

// Those that log a batch, and some. Searches differ in their text: of those that come once, most go
// again here.
constexpr std::size_t k_most_kept = 48;
// A search of thousands of experiments has a text, and a program, of megabytes, and hardly comes
// again.
constexpr std::size_t k_longest_kept = 4096;

}  // namespace

void FinalizeStatement::operator()(sqlite3_stmt* statement) const
{
  sqlite3_finalize(statement);
}

PreparedStatement StatementCache::take(std::string_view sql)
{
  const auto found = statements_.find(sql);
  if (found == statements_.end()) {
    return nullptr;
  }
  PreparedStatement statement = std::move(found->second);
  statements_.erase(found);
  return statement;
}

void StatementCache::give_back(PreparedStatement statement) noexcept
{
  const std::string_view sql = sqlite3_sql(statement.get());
  if (sql.size() > k_longest_kept) {
    return;
  }
  sqlite3_reset(statement.get());
  sqlite3_clear_bindings(statement.get());
  if (statements_.size() >= k_most_kept) {
    statements_.clear();
  }
  try {
    statements_.emplace(sql, std::move(statement));
  } catch (const std::bad_alloc&) {
    return;  // prepared again the next time
  }
}

}  // namespace mlrepro::sqlite
