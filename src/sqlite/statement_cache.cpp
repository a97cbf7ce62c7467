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
  sqlite3_reset(statement.get());
  sqlite3_clear_bindings(statement.get());
  if (statements_.size() >= k_most_kept) {
    statements_.clear();
  }
  try {
    const std::string_view sql = sqlite3_sql(statement.get());
    statements_.emplace(sql, std::move(statement));
  } catch (const std::bad_alloc&) {
    return;  // prepared again the next time
  }
}

}  // namespace mlrepro::sqlite
