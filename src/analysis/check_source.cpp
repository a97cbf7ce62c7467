// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/analysis/check_source.hpp"

#include <algorithm>

#include "mlrepro/analysis/drift.hpp"
#include "mlrepro/analysis/query_snapshot.hpp"
#include "mlrepro/analysis/row_diff.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/compare_columns.hpp"
#include "mlrepro/plan/sql_text.hpp"
#include "mlrepro/versioning/ingest.hpp"
#include "mlrepro/versioning/restore.hpp"

namespace mlrepro::analysis {
namespace {

using model::Error;
using model::ErrorKind;
using Verdict = model::SourceCheck::Verdict;

std::optional<model::Snapshot> find_query(const tracking::Ports& ports, const model::Digest& id)
{
  auto found = ports.data.snapshots.list({id.hex(), "", 1, true});
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

Error no_query(const std::string& what)
{
  return {ErrorKind::usage, what + ": no query returned it",
          "'mlrepro snapshot --sql' takes snapshots that can be checked"};
}

// What went wrong at the source is the answer; what went wrong here is not.
bool is_about_source(const Error& error)
{
  return error.kind() == ErrorKind::external || error.kind() == ErrorKind::usage ||
         error.kind() == ErrorKind::not_found;
}

TableFile stored_table(const model::Snapshot& snapshot)
{
  TableFile table;
  table.format = TableFormat::parquet;
  table.bytes = snapshot.root.size;
  table.digest = snapshot.root.digest;
  table.name = recorded_path_of(snapshot.name.empty() ? snapshot.path : snapshot.name);
  return table;
}

class Checker {
 public:
  Checker(const CheckPorts& ports, const model::Snapshot& snapshot, const CheckRequest& request)
      : ports_(ports), request_(request)
  {
    check_.snapshot = snapshot;
  }

  model::SourceCheck run(const OpenSource& open)
  {
    (void)ports_.engine.version();  // an engine that is not there says nothing about the source
    if (!is_query()) {
      return std::move(check_);
    }
    const auto source = reach(open);
    if (source == nullptr || !ask(*source)) {
      return std::move(check_);
    }
    const plan::ColumnChanges changes = plan::compare_columns(
        check_.snapshot.result->columns, written_.columns,
        source->identity().kind == check_.snapshot.source_kind ? plan::TypeNames::same
                                                               : plan::TypeNames::foreign);
    check_.added = changes.added;
    check_.removed = changes.removed;
    check_.retyped = changes.retyped;
    check_.reordered = changes.reordered;
    if (!is_same_file()) {
      compare_rows(changes);
    }
    judge(changes);
    return std::move(check_);
  }

 private:
  // A record may come from anywhere: what it asks must not write either.
  bool is_query()
  {
    try {
      (void)plan::single_query(*check_.snapshot.source_query);
      return true;
    } catch (const Error& error) {
      check_.verdict = Verdict::refused;
      check_.reason = "the recorded query was not asked: " + error.message();
      return false;
    }
  }

  std::unique_ptr<ports::RowSource> reach(const OpenSource& open)
  {
    try {
      auto source = open();
      check_.uri = source->identity().uri;
      check_.product = source->identity().product;
      return source;
    } catch (const Error& error) {
      if (!is_about_source(error)) {
        throw;
      }
      // A file that is there and can't be read as a table answers, if badly.
      check_.verdict = error.kind() == ErrorKind::usage ? Verdict::refused : Verdict::unreachable;
      check_.reason = error.message();
      return nullptr;
    }
  }

  // False when the source does not answer.
  bool ask(ports::RowSource& source)
  {
    RowsRequest rows{*check_.snapshot.source_query, check_.snapshot.result->order_by, {}};
    rows.unknown_order = UnknownOrder::leave_out;  // that a column has gone is what is to be said
    try {
      written_ = write_rows(ports_.engine, ports_.limits, source, rows, path_);
    } catch (const Error& error) {
      if (!is_about_source(error)) {
        throw;
      }
      check_.verdict = Verdict::refused;
      check_.reason = error.message();
      return false;
    }
    check_.rows_now = written_.rows;
    return true;
  }

  void judge(const plan::ColumnChanges& changes)
  {
    const bool rows_differ = check_.has_other_rows();
    const bool columns_differ =
        !check_.added.empty() || !check_.removed.empty() || !check_.retyped.empty();
    if (!rows_differ && !columns_differ) {
      check_.verdict = Verdict::same;
      if (check_.rows && !check_.rows->same) {
        check_.rows.reset();  // types that differ in name only
      }
      return;
    }
    if (rows_differ || (!request_.rules.empty() && changes.common > 0)) {
      measure_drift();
    }
    // Of no rows, and of no column that there was, no rule can say anything.
    const bool is_judged = check_.drift && check_.drift->has_thresholds && changes.common > 0 &&
                           check_.drift->rows_a > 0 && check_.rows_now > std::uint64_t{0};
    check_.verdict = is_judged && !check_.drift->flagged() && check_.drift->uncompared.empty()
                         ? Verdict::within_rules
                         : Verdict::differs;
  }

  // The file depends on the rows alone.
  bool is_same_file()
  {
    const auto taken =
        versioning::ingest_path(ports_.tracking.data, path_, model::Stored::identity_only);
    return taken.root.digest == check_.snapshot.root.digest;
  }

  // Once for both comparisons, verified on the way.
  const std::string& stored_path()
  {
    if (stored_path_.empty()) {
      versioning::RestoreRequest request;
      request.target = ports_.scratch.rows + "/stored.parquet";
      versioning::restore(ports_.tracking.data, check_.snapshot.root, request);
      stored_path_ = request.target;
    }
    return stored_path_;
  }

  void compare_rows(const plan::ColumnChanges& changes)
  {
    if (changes.common == 0) {
      return;
    }
    RowDiffRequest request;
    const TableFile table = stored_table(check_.snapshot);
    request.a.name = table.name;
    request.a.path = table.name;
    request.a.format = TableFormat::parquet;
    request.a.stored = StoredTable{check_.snapshot.root, table, check_.snapshot.id};
    request.a.file = stored_path();
    request.b.name = check_.uri;
    request.b.path = table.name;
    request.b.format = TableFormat::parquet;
    request.b.file = path_;
    request.choice = request_.key.empty() ? KeyChoice::none : KeyChoice::given;
    request.key = request_.key;
    request.limit = request_.limit;
    check_.rows =
        diff_rows({ports_.tracking, ports_.engine, ports_.scratch.tables}, ports_.limits, request);
  }

  void measure_drift()
  {
    TableWorkspace workspace({ports_.tracking, ports_.engine, ports_.scratch.tables},
                             ports_.limits);
    const auto relation = [&](const std::string& path) {
      return workspace.relation_of_file(path, TableFormat::parquet, CellTypes::found);
    };
    check_.drift = compare_relations(workspace.session(), relation(stored_path()), relation(path_),
                                     stored_table(check_.snapshot).name, request_.rules);
    check_.drift->a = check_.snapshot.root.digest;
  }

  const CheckPorts& ports_;
  const CheckRequest& request_;
  std::string path_ = ports_.scratch.rows + "/live.parquet";
  std::string stored_path_;
  WrittenRows written_;
  model::SourceCheck check_;
};

}  // namespace

std::vector<model::Snapshot> query_snapshots_of(const tracking::Ports& ports,
                                                const tracking::Place& place,
                                                const std::string& reference)
{
  const tracking::Target target = tracking::resolve(ports, place, reference);
  if (target.snapshot) {
    const auto query =
        target.snapshot->result ? target.snapshot : find_query(ports, target.snapshot->id);
    if (!query) {
      throw no_query("snapshot '" + reference + "'");
    }
    return {*query};
  }
  std::vector<model::Snapshot> found;
  const std::vector<model::RunData> inputs =
      target.data ? std::vector<model::RunData>{*target.data} : target.run->inputs;
  for (const model::RunData& input : inputs) {
    if (auto query = input.snapshot ? find_query(ports, *input.snapshot) : std::nullopt) {
      found.push_back(std::move(*query));
    }
  }
  if (found.empty()) {
    throw no_query(target.data ? "'" + reference + "'" : "the inputs of run " + target.run->name);
  }
  return found;
}

model::SourceCheck check_source(const CheckPorts& ports, const model::Snapshot& snapshot,
                                const OpenSource& open, const CheckRequest& request)
{
  if (plan::lacks_credentials(*snapshot.source_query)) {
    throw Error(ErrorKind::usage,
                "snapshot '" + snapshot.name + "': its query held credentials, which were not kept",
                "take it again with 'mlrepro snapshot --sql', and compare the two with "
                "'mlrepro diff'");
  }
  return Checker(ports, snapshot, request).run(open);
}

}  // namespace mlrepro::analysis
