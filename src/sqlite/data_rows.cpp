// SPDX-License-Identifier: Apache-2.0
#include "sqlite/data_rows.hpp"

#include "sqlite/json_text.hpp"
#include "sqlite/statement.hpp"

namespace mlrepro::sqlite {

void write_data(const Database& database, std::int64_t run, const char* role,
                const std::vector<model::RunData>& data)
{
  Statement(database, "DELETE FROM run_data WHERE run = ? AND role = ?").bind(run, role).run();
  Statement insert(database,
                   "INSERT INTO run_data (run, role, ordinal, path, snapshot, digest, files, bytes,"
                   " stored, changed, declared, traced, partial)"
                   " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  std::int64_t ordinal = 0;
  for (const model::RunData& item : data) {
    insert
        .bind(run, role, ordinal++, item.path, item.snapshot, item.digest, item.files, item.bytes,
              item.stored, item.changed_during_run, item.declared, item.traced, item.partial)
        .run();
  }
}

void write_trace(const Database& database, std::int64_t run,
                 const std::optional<model::RunTrace>& trace)
{
  if (trace) {
    Statement(database, "UPDATE runs SET trace = ? WHERE number = ?")
        .bind(to_json(*trace), run)
        .run();
  }
}

}  // namespace mlrepro::sqlite
