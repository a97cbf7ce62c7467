// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string_view>
#include <unordered_map>

struct sqlite3_stmt;

namespace mlrepro::sqlite {

struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const;
};
using PreparedStatement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

// Prepared statements of one connection that nobody uses now: to prepare one takes longer than what
// most of them do. One thread at a time.
class StatementCache {
 public:
  // Null when there is none of this text.
  PreparedStatement take(std::string_view sql);
  // Keeps it, unless its text is so long that what it takes in memory outweighs the time.
  void give_back(PreparedStatement statement) noexcept;

 private:
  std::unordered_multimap<std::string_view, PreparedStatement> statements_;  // by their own text
};

}  // namespace mlrepro::sqlite
