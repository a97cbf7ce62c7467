// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/analysis/query_snapshot.hpp"

#include "analysis/staged_rows.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/model/repo_path.hpp"
#include "mlrepro/plan/sql_text.hpp"
#include "mlrepro/versioning/snapshot.hpp"

namespace mlrepro::analysis {
namespace {

using model::Error;
using model::ErrorKind;

constexpr const char* k_extension = ".parquet";
// A multiple of the 2,048 rows that the engine handles at once. Rows that are added at the end
// change the last group only; small groups make that little, large ones compress better.
constexpr std::uint64_t k_rows_per_group = 32768;

std::vector<model::QueryColumn> describe(const StagedRows& staged, std::vector<std::string>& losses)
{
  std::vector<model::QueryColumn> columns;
  for (std::size_t i = 0; i < staged.columns().size(); ++i) {
    const ports::SourceColumn& source = staged.source_columns()[i];
    columns.push_back({source.name, source.type, staged.columns()[i].type(), std::nullopt});
    const std::string loss = staged.columns()[i].loss();
    if (!loss.empty()) {
      losses.push_back("column '" + source.name + "' " + loss);
    }
  }
  return columns;
}

std::vector<std::string> names_of(const std::vector<ports::SourceColumn>& columns)
{
  std::vector<std::string> names;
  for (const ports::SourceColumn& column : columns) {
    names.push_back(column.name);
  }
  return names;
}

// Before the rows are read, which may take long.
std::vector<plan::SortTerm> check_names(const std::vector<ports::SourceColumn>& columns,
                                        const RowsRequest& request)
{
  std::vector<model::QueryColumn> named;
  for (const ports::SourceColumn& column : columns) {
    named.push_back({column.name, column.type, "", std::nullopt});
  }
  plan::assign_roles(named, request.roles);
  const std::vector<std::string> names = names_of(columns);
  return plan::parse_order(request.unknown_order == UnknownOrder::refuse
                               ? request.order_by
                               : plan::known_order(request.order_by, names),
                           names);
}

}  // namespace

WrittenRows write_rows(ports::TableEngine& engine, const ports::TableLimits& limits,
                       ports::RowSource& source, const RowsRequest& request,
                       const std::string& path)
{
  ports::TableLimits one_thread = limits;
  one_thread.threads = 1;
  const auto session = engine.open(one_thread);
  const auto rows = source.query(request.sql);
  const std::vector<plan::SortTerm> order = check_names(rows->columns(), request);
  StagedRows staged(*session, *rows);
  try {
    session->write_parquet(staged.select(order), {path, k_rows_per_group});
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::usage) {
      staged.check_values();
    }
    throw;
  }
  WrittenRows written;
  written.columns = describe(staged, written.losses);
  written.rows = staged.count();
  return written;
}

std::string recorded_path_of(const std::string& name)
{
  try {
    const std::string path = name.ends_with(k_extension) ? name : name + k_extension;
    return model::RepoPath::parse(path).str();
  } catch (const Error& error) {
    throw Error(ErrorKind::usage,
                "--name '" + name + "': it is no name of a file: " + error.message(),
                "choose one such as sales-2021");
  }
}

model::Snapshot take_query_snapshot(const AnalysisPorts& ports, const ports::TableLimits& limits,
                                    ports::RowSource& source, const QuerySnapshotRequest& request)
{
  const versioning::Ports& data = ports.tracking.data;
  model::Snapshot snapshot;
  snapshot.path = recorded_path_of(request.name);
  snapshot.name = request.name;
  snapshot.created_at = data.clock.now();  // what the source said is what it was then
  const std::string path = ports.scratch + "/rows" + k_extension;
  WrittenRows written = write_rows(ports.engine, limits, source, request.rows, path);
  plan::assign_roles(written.columns, request.rows.roles);
  for (const std::string& loss : written.losses) {
    data.reporter.warn(loss);
  }
  const auto hold = data.objects.hold();
  versioning::IngestExtras extras;
  const auto before = data.snapshots.list({"", snapshot.path, 1});
  extras.previous = before.empty() ? std::nullopt : std::optional(before.front().root);
  const versioning::Ingested taken =
      versioning::ingest_path(data, path, model::Stored::content, extras);
  snapshot.root = taken.root;
  snapshot.root.name.clear();
  snapshot.id = versioning::snapshot_id(data.digester, snapshot.root);
  snapshot.stored_bytes = taken.stored_bytes;
  snapshot.new_bytes = taken.new_bytes;
  const ports::SourceIdentity& identity = source.identity();
  snapshot.source_kind = identity.kind;
  snapshot.source_uri = identity.uri;
  snapshot.source_query = plan::scrub_query(request.rows.sql);
  snapshot.result = model::QueryResult{identity.product, request.given_as, written.rows,
                                       request.rows.order_by, std::move(written.columns)};
  data.snapshots.record(snapshot);
  return snapshot;
}

}  // namespace mlrepro::analysis
