// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "analysis/profile_parts.hpp"
#include "analysis/table_rows.hpp"
#include "mlrepro/analysis/profile.hpp"
#include "versioning/work_pool.hpp"

namespace mlrepro::analysis {
namespace {

constexpr const char* k_row_number = "\"mlrepro row number\"";
constexpr double k_all_hashes = 18446744073709551616.0;  // 2^64

// Rows whose number has one of the lowest hashes. MD5, since what the engine's own hash is may
// change from one version to the next.
std::string sample_of(const std::string& relation, double share)
{
  const auto limit =
      static_cast<std::uint64_t>(std::min(share * k_all_hashes, std::nextafter(k_all_hashes, 0.0)));
  return "SELECT * EXCLUDE (" + std::string(k_row_number) +
         ") FROM (SELECT *, row_number() OVER ()" + " AS " + k_row_number + " FROM " + relation +
         ") WHERE md5_number_lower(CAST(" + k_row_number + " AS VARCHAR)) < CAST(" +
         std::to_string(limit) + " AS UBIGINT)";
}

// Each reads all rows in their order, by one thread: at the same time, on two of them.
void take_sample(ports::TableSession& session, const std::string& sample, bool count,
                 LoadedTable& table)
{
  session.execute("SET threads = 1");
  versioning::WorkPool pool(count ? std::min(table.threads, 2U) : 1);
  pool.run(count ? 2 : 1, [&](std::size_t task) {
    if (task == 0) {
      session.execute("CREATE OR REPLACE TABLE " + table.name + " AS " + sample);
    } else {
      table.parts = count_parts(session, table);
    }
  });
}

}  // namespace

LoadedTable load_table(ports::TableSession& session, const CountedRelation& relation,
                       const std::string& name, const ProfileOptions& options, bool count)
{
  const auto rows_of = [&](const std::string& from) {
    return as_count(one_row(session, "SELECT count(*) FROM " + from).front());
  };
  LoadedTable table;
  table.name = name;
  table.threads = std::max(options.threads, 1U);
  session.execute("SET threads = " + std::to_string(table.threads));
  table.columns = session.query("SELECT * FROM " + relation.from + " LIMIT 0")->columns();
  const auto width = std::max<std::uint64_t>(table.columns.size(), 1);
  const std::uint64_t most = std::max<std::uint64_t>(options.exact_cells / width, 1);
  table.rows = relation.rows ? *relation.rows : rows_of(relation.from);
  const bool whole = table.rows <= most;
  table.relation = whole ? name : relation.from;
  if (whole) {
    session.execute("CREATE OR REPLACE TABLE " + name + " AS SELECT * FROM " + relation.from);
  } else {
    const double share = static_cast<double>(most) / static_cast<double>(table.rows);
    take_sample(session, sample_of(relation.from, share), count, table);
  }
  table.sampled = rows_of(name);
  session.execute("SET threads = 1");
  // A file of the user may have grown since it was counted.
  table.rows = whole ? table.sampled : table.rows;
  return table;
}

}  // namespace mlrepro::analysis
