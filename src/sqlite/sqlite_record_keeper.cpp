// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_record_keeper.hpp"

#include "sqlite/statement.hpp"
#include "sqlite/transaction.hpp"

namespace mlrepro::sqlite {
namespace {

// Every column that names an object; sqlite_record_keeper_test proves that none is left out. The
// second column says whether it is a folder. An input or output is the root of a snapshot whose
// entry says what it is, or said: then it is taken for either.
constexpr const char* k_named = R"sql(
SELECT root_digest, root_type = 1 FROM dataset_entries WHERE stored
UNION SELECT code_digest, 1 FROM runs WHERE code_digest IS NOT NULL
UNION SELECT stdout_digest, 0 FROM runs WHERE stdout_digest IS NOT NULL
UNION SELECT stderr_digest, 0 FROM runs WHERE stderr_digest IS NOT NULL
UNION SELECT index_digest, 0 FROM runs WHERE index_digest IS NOT NULL
UNION SELECT change.value ->> 'staged', 0 FROM runs, json_each(runs.code_changes) change
  WHERE change.value ->> 'staged' IS NOT NULL
UNION SELECT digest, 0 FROM artifacts
UNION SELECT digest, 0 FROM run_data WHERE stored AND digest IS NOT NULL
)sql";

}  // namespace

ports::RecordedContent SqliteRecordKeeper::recorded_content() const
{
  const ReadTransaction transaction(database_);
  ports::RecordedContent content;
  Statement named(database_, k_named);
  while (named.step()) {
    content.needed.push_back({named.digest(0), named.boolean(1)});
  }
  return content;
}

}  // namespace mlrepro::sqlite
