// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_live_search.hpp"

#include "sqlite/client_run_rows.hpp"
#include "sqlite/run_search.hpp"
#include "sqlite/transaction.hpp"

namespace mlrepro::sqlite {
namespace {

// A search that names no database finds these first. What they lack, such as inputs, is read from
// the database.
constexpr const char* k_scratch_tables = R"sql(
PRAGMA temp_store = MEMORY;
CREATE TEMP TABLE runs AS SELECT * FROM main.runs WHERE 0;
CREATE TEMP TABLE params (run, key, value, as_number, PRIMARY KEY (run, key));
CREATE TEMP TABLE tags (run, key, value, as_number, PRIMARY KEY (run, key));
CREATE TEMP TABLE metrics (number INTEGER PRIMARY KEY, run, key, last REAL);
CREATE INDEX temp.metrics_by_key ON metrics(key, run, last);
CREATE INDEX temp.metrics_by_value ON metrics(key, last, run);
)sql";

constexpr const char* k_empty_tables =
    "DELETE FROM temp.runs; DELETE FROM temp.params; DELETE FROM temp.tags;"
    " DELETE FROM temp.metrics";

// As clients see it.
void put_run(const Database& scratch, const model::ClientRun& run)
{
  Statement row(scratch, "INSERT INTO temp.runs SELECT * FROM main.runs WHERE id = ?");
  row.bind(run.id).run();
  if (scratch.changes() == 0) {
    return;  // forgotten meanwhile
  }
  Statement end(scratch, "UPDATE temp.runs SET status = ?, ended_at = ? WHERE id = ?");
  end.bind(model::to_string(run.status), run.ended_at, run.id).run();
  Statement param(scratch,
                  "INSERT INTO temp.params (run, key, value)"
                  " SELECT number, ?, ? FROM main.runs WHERE id = ?");
  for (const auto& [key, value] : run.params) {
    param.bind(key, value, run.id).run();
  }
  Statement tag(scratch,
                "INSERT INTO temp.tags (run, key, value)"
                " SELECT number, ?, ? FROM main.runs WHERE id = ?");
  for (const auto& [key, value] : run.tags) {
    tag.bind(key, value, run.id).run();
  }
  Statement metric(scratch,
                   "INSERT INTO temp.metrics (run, key, last)"
                   " SELECT number, ?, ? FROM main.runs WHERE id = ?");
  for (const model::MetricObservation& point : run.metrics) {
    metric.bind(point.key, point.value, run.id).run();
  }
}

SqlText not_of(const std::vector<model::ClientRun>& running)
{
  SqlText condition{" AND r.id NOT IN (", {}};
  for (const model::ClientRun& run : running) {
    condition.text += condition.values.empty() ? "?" : ", ?";
    condition.values.emplace_back(run.id.str());
  }
  condition.text += ")";
  return condition;
}

FoundRows find_with_keys(const Database& database, const ports::SearchRequest& request,
                         const SqlText& condition)
{
  RowSearch search = to_row_search(database, request);
  search.with_keys = true;
  append(search.where, condition);
  return find_rows(database, search, request.limit, request.after);
}

}  // namespace

FoundRows SqliteLiveSearch::find_running(const ports::SearchRequest& request,
                                         const std::vector<model::ClientRun>& running)
{
  const std::lock_guard lock(mutex_);
  if (!scratch_) {
    auto scratch = pool_.connect();
    scratch->execute(k_scratch_tables);
    scratch_ = std::move(scratch);
  }
  const ReadTransaction transaction(*scratch_);
  scratch_->execute(k_empty_tables);
  for (const model::ClientRun& run : running) {
    put_run(*scratch_, run);
  }
  return find_with_keys(*scratch_, request, {});
}

ports::Page<model::ClientRun> SqliteLiveSearch::search(const ports::SearchRequest& request,
                                                       const std::vector<model::ClientRun>& running)
{
  if (request.experiments.empty()) {
    return {};
  }
  const FoundRows live = find_running(request, running);
  return pool_.read([&](Database& database) {
    const ReadTransaction transaction(database);
    const FoundRows stored = find_with_keys(database, request, not_of(running));
    const FoundRows found =
        merge_rows(to_row_search(database, request), stored, live, request.limit);
    ClientRunReader reader(database);
    return page_of(found, [&](std::int64_t number) { return reader.read(number); });
  });
}

}  // namespace mlrepro::sqlite
