// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/analysis/row_diff.hpp"

#include <algorithm>
#include <utility>

#include "analysis/loaded_tables.hpp"
#include "analysis/row_diff_sql.hpp"
#include "analysis/row_reduction.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/key_search.hpp"

namespace mlrepro::analysis {
namespace {

using model::CellText;
using model::Error;
using model::ErrorKind;
using model::KeySource;
using plan::NamedColumn;
using ports::TableValue;

// Of each side; two rows alike in so many rule out most sets of columns.
constexpr std::size_t k_key_sample = 5000;

std::string_view name_of(TableFormat format)
{
  switch (format) {
    case TableFormat::csv:
      return "csv";
    case TableFormat::tsv:
      return "tsv";
    case TableFormat::json_lines:
      return "json_lines";
    case TableFormat::parquet:
      return "parquet";
  }
  return "csv";
}

model::DiffedTable describe(const NamedTable& table, const std::vector<NamedColumn>& columns)
{
  model::DiffedTable described;
  described.name = table.name;
  described.path = table.path;
  described.format = name_of(table.format);
  if (table.stored) {
    described.digest = table.stored->table.digest;
  }
  described.columns = columns.size();
  return described;
}

std::vector<std::string> names_of(const std::vector<NamedColumn>& columns)
{
  std::vector<std::string> names;
  for (const NamedColumn& column : columns) {
    names.push_back(column.name);
  }
  return names;
}

std::vector<std::string> names_at(const std::vector<NamedColumn>& columns,
                                  const std::vector<std::size_t>& places)
{
  std::vector<std::string> names;
  for (const std::size_t place : places) {
    names.push_back(columns[place].name);
  }
  return names;
}

class RowDiffer {
 public:
  RowDiffer(AnalysisPorts ports, const ports::TableLimits& limits, const RowDiffRequest& request)
      : workspace_(std::move(ports), limits), session_(workspace_.session()), request_(request)
  {
  }

  model::RowDiff run(RowDeltaSink& sink);

 private:
  void load(RowPlan& plan);
  void match(RowPlan& plan);
  void choose_key(RowPlan& plan);
  std::vector<std::size_t> infer_key(const RowPlan& plan);
  std::vector<plan::HashedRow> sample(const RowSql& sql, Side side);
  void count_rows(const RowSql& sql);
  void compare(const RowSql& sql);
  void count_changed(const RowSql& sql);
  void count_left_over(const RowSql& sql, Side side, bool any, bool repeated);
  void conclude();
  void tell(const RowSql& sql, RowDeltaSink& sink);
  void tell_changed(const RowSql& sql, RowDeltaSink& sink);
  void tell_left_over(const RowSql& sql, Side side, RowDeltaSink& sink);

  TableWorkspace workspace_;
  ports::TableSession& session_;
  const RowDiffRequest& request_;
  LoadedSide a_;
  LoadedSide b_;
  model::RowDiff diff_;
};

void RowDiffer::load(RowPlan& plan)
{
  a_ = load_side(workspace_, request_.a, Side::a);
  b_ = load_side(workspace_, request_.b, Side::b);
  make_room_for_columns(workspace_, a_, b_);
  plan.columns_a = a_.columns;
  plan.columns_b = b_.columns;
  // From here on no answer depends on the order in which rows are read, and keeping it takes
  // memory.
  session_.execute("SET preserve_insertion_order = false");
  diff_.a = describe(request_.a, plan.columns_a);
  diff_.b = describe(request_.b, plan.columns_b);
}

void RowDiffer::match(RowPlan& plan)
{
  std::vector<std::string> known = names_of(plan.columns_a);
  for (const std::string& name : names_of(plan.columns_b)) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      known.push_back(name);
    }
  }
  diff_.ignored =
      plan::column_names("--ignore-columns", request_.ignored, known, "either of the tables");
  plan.match = plan::match_columns(plan.columns_a, plan.columns_b, diff_.ignored);
  find_renamed(session_, plan.columns_a, plan.columns_b, plan.match);
  if (plan.match.pairs.empty()) {
    throw Error(ErrorKind::usage,
                "'" + request_.a.path + "' and '" + request_.b.path +
                    "': the tables have no column in common to be compared",
                diff_.ignored.empty() ? "see whether these are the tables you mean"
                                      : "leave a column out of --ignore-columns");
  }
  diff_.schema = plan::describe_schema(plan.columns_a, plan.columns_b, plan.match);
  plan.tolerances =
      plan::tolerances_of(request_.tolerances, plan.columns_a, plan.columns_b, plan.match);
}

void RowDiffer::choose_key(RowPlan& plan)
{
  if (request_.choice == KeyChoice::given) {
    const auto names = plan::column_names("--key", request_.key, names_of(plan.columns_a),
                                          "a, '" + request_.a.path + "'");
    plan.key = plan::key_places(names, plan.columns_a, plan.columns_b, plan.match);
    diff_.key_source = KeySource::given;
  } else if (request_.choice == KeyChoice::inferred) {
    plan.key = infer_key(plan);
    diff_.key_source = plan.key.empty() ? KeySource::none : KeySource::inferred;
  }
  for (const std::size_t pair : plan.key) {
    diff_.key.push_back(plan.columns_a[plan.match.pairs[pair].a].name);
  }
  plan::refuse_key_tolerances(request_.tolerances, diff_.key);
  if (plan.key.empty() && !request_.tolerances.empty()) {
    throw Error(ErrorKind::usage,
                "--tolerance: there is no key, and whole rows are equal or they are not",
                "name the columns that identify a row: --key COLUMN,COLUMN");
  }
}

std::vector<plan::HashedRow> RowDiffer::sample(const RowSql& sql, Side side)
{
  std::vector<plan::HashedRow> rows;
  const auto answer = session_.query(sql.sample_hashes(side, k_key_sample));
  std::vector<TableValue> row;
  while (answer->next(row)) {
    plan::HashedRow hashes;
    for (const TableValue& value : row) {
      hashes.push_back(as_count(value));
    }
    rows.push_back(std::move(hashes));
  }
  return rows;
}

std::vector<std::size_t> RowDiffer::infer_key(const RowPlan& plan)
{
  const RowSql sql(plan);
  const auto nulls_a = one_row(session_, sql.count_nulls(Side::a));
  const auto nulls_b = one_row(session_, sql.count_nulls(Side::b));
  plan::ColumnSet eligible;
  for (std::size_t i = 0; i < plan.match.pairs.size(); ++i) {
    const NamedColumn& a = plan.columns_a[plan.match.pairs[i].a];
    const NamedColumn& b = plan.columns_b[plan.match.pairs[i].b];
    if (a.name == b.name && plan::may_be_key(a.kind) && plan::may_be_key(b.kind) &&
        as_count(nulls_a[i]) == 0 && as_count(nulls_b[i]) == 0) {
      eligible.push_back(i);
    }
  }
  const auto candidates =
      plan::key_candidates(sample(sql, Side::a), sample(sql, Side::b), eligible);
  const auto found =
      std::find_if(candidates.begin(), candidates.end(), [&](const plan::ColumnSet& columns) {
        return !truth_in(one_row(session_, sql.has_repeated(Side::a, columns))[0]) &&
               !truth_in(one_row(session_, sql.has_repeated(Side::b, columns))[0]);
      });
  return found == candidates.end() ? std::vector<std::size_t>() : *found;
}

// Once they are counted, rows that are the same need not be looked at again.
void RowDiffer::count_rows(const RowSql& sql)
{
  if (const auto reduced = leave_out_same(workspace_, {a_, b_}, sql)) {
    diff_.a.rows = reduced->a.rows;
    diff_.a.null_keys = reduced->a.null_keys;
    diff_.b.rows = reduced->b.rows;
    diff_.b.null_keys = reduced->b.null_keys;
    return;
  }
  for (const Side side : {Side::a, Side::b}) {
    model::DiffedTable& table = side == Side::a ? diff_.a : diff_.b;
    const auto counts = one_row(session_, sql.count_rows(side));
    table.rows = as_count(counts[0]);
    table.null_keys = as_count(counts[1]);
  }
}

void RowDiffer::count_changed(const RowSql& sql)
{
  session_.execute(sql.make_changed());
  const auto counts = one_row(session_, sql.count_changed());
  diff_.changed_rows = as_count(counts[0]);
  for (std::size_t i = 0; i < diff_.compared.size(); ++i) {
    model::ComparedColumn& column = diff_.compared[i];
    column.changed = as_count(counts[1 + 3 * i]);
    column.tolerated = as_count(counts[2 + 3 * i]);
    column.most = number_in(counts[3 + 3 * i]);
    diff_.changed_cells += column.changed;
  }
}

void RowDiffer::count_left_over(const RowSql& sql, Side side, bool any, bool repeated)
{
  if (any || repeated) {
    session_.execute(sql.make_left_over(side, repeated));
    const std::uint64_t rows = as_count(one_row(session_, RowSql::count_left_over(side))[0]);
    (side == Side::a ? diff_.removed_rows : diff_.added_rows) = rows;
  }
}

void RowDiffer::compare(const RowSql& sql)
{
  count_rows(sql);
  const RowPlan& plan = sql.plan();
  for (const std::size_t pair : sql.compared()) {
    const NamedColumn& a = plan.columns_a[plan.match.pairs[pair].a];
    const NamedColumn& b = plan.columns_b[plan.match.pairs[pair].b];
    model::ComparedColumn column;
    column.name = a.name;
    column.tolerance = plan.tolerances[pair];
    column.numeric = plan::is_numeric(a, b);
    diff_.compared.push_back(column);
  }
  diff_.columns_a = names_at(plan.columns_a, sql.columns_of(Side::a));
  diff_.columns_b = names_at(plan.columns_b, sql.columns_of(Side::b));
  session_.execute(sql.make_groups());
  const auto groups = one_row(session_, RowSql::count_groups());
  const bool keyed = !plan.key.empty();
  const std::uint64_t repeated = as_count(groups[3]);
  diff_.duplicate_keys = keyed ? repeated : 0;
  if (keyed && as_count(groups[0]) > 0) {
    count_changed(sql);
  }
  count_left_over(sql, Side::a, as_count(groups[1]) > 0, repeated > 0);
  count_left_over(sql, Side::b, as_count(groups[2]) > 0, repeated > 0);
}

void RowDiffer::conclude()
{
  diff_.unchanged_rows = diff_.a.rows - diff_.removed_rows - diff_.changed_rows;
  diff_.same = diff_.schema.same() && diff_.changed_rows == 0 && diff_.removed_rows == 0 &&
               diff_.added_rows == 0;
  diff_.limit = request_.limit;
}

void RowDiffer::tell_changed(const RowSql& sql, RowDeltaSink& sink)
{
  const auto rows = session_.query(sql.select_changed(request_.limit));
  const std::size_t width = sql.plan().key.size();
  std::vector<TableValue> row;
  while (rows->next(row)) {
    model::ChangedRow changed;
    for (std::size_t i = 0; i < width; ++i) {
      changed.key.push_back(text_in(row[i]));
    }
    for (std::size_t i = 0; i < diff_.compared.size(); ++i) {
      if (truth_in(row[width + 3 * i + 2])) {
        changed.cells.push_back(
            {diff_.compared[i].name, text_in(row[width + 3 * i]), text_in(row[width + 3 * i + 1])});
      }
    }
    sink.changed(changed);
  }
}

void RowDiffer::tell_left_over(const RowSql& sql, Side side, RowDeltaSink& sink)
{
  const RowPlan& plan = sql.plan();
  const auto places = sql.columns_of(side);
  std::vector<std::size_t> key;  // where its cells are among those of the row
  for (const std::size_t pair : plan.key) {
    const plan::MatchedColumn& at = plan.match.pairs[pair];
    const auto found = std::find(places.begin(), places.end(), side == Side::a ? at.a : at.b);
    key.push_back(static_cast<std::size_t>(found - places.begin()));
  }
  const auto rows = session_.query(sql.select_left_over(side, request_.limit));
  std::vector<TableValue> row;
  while (rows->next(row)) {
    model::RowOfOne found;
    found.times = as_count(row[0]);
    for (std::size_t i = 0; i < places.size(); ++i) {
      found.cells.push_back(text_in(row[1 + i]));
    }
    for (const std::size_t place : key) {
      found.key.push_back(found.cells[place]);
    }
    side == Side::a ? sink.removed(found) : sink.added(found);
  }
}

void RowDiffer::tell(const RowSql& sql, RowDeltaSink& sink)
{
  sink.begin(diff_);
  if (diff_.changed_rows > 0) {
    tell_changed(sql, sink);
  }
  if (diff_.removed_rows > 0) {
    tell_left_over(sql, Side::a, sink);
  }
  if (diff_.added_rows > 0) {
    tell_left_over(sql, Side::b, sink);
  }
  if (diff_.duplicate_keys > 0) {
    const auto rows = session_.query(sql.select_repeated(request_.limit));
    const std::size_t width = sql.plan().key.size();
    std::vector<TableValue> row;
    while (rows->next(row)) {
      model::DuplicateKey key;
      for (std::size_t i = 0; i < width; ++i) {
        key.key.push_back(text_in(row[i]));
      }
      key.rows_a = as_count(row[width]);
      key.rows_b = as_count(row[width + 1]);
      sink.duplicate(key);
    }
  }
}

model::RowDiff RowDiffer::run(RowDeltaSink& sink)
{
  RowPlan plan;
  load(plan);
  match(plan);
  choose_key(plan);
  const RowSql sql(std::move(plan));
  compare(sql);
  conclude();
  tell(sql, sink);
  return diff_;
}

class KeptRows final : public RowDeltaSink {
 public:
  void begin(const model::RowDiff& /*diff*/) override {}
  void changed(const model::ChangedRow& row) override { rows.changed.push_back(row); }
  void removed(const model::RowOfOne& row) override { rows.removed.push_back(row); }
  void added(const model::RowOfOne& row) override { rows.added.push_back(row); }
  void duplicate(const model::DuplicateKey& key) override { rows.duplicates.push_back(key); }

  model::RowDiff rows;
};

}  // namespace

model::RowDiff diff_rows(AnalysisPorts ports, const ports::TableLimits& limits,
                         const RowDiffRequest& request, RowDeltaSink& sink)
{
  return RowDiffer(std::move(ports), limits, request).run(sink);
}

model::RowDiff diff_rows(AnalysisPorts ports, const ports::TableLimits& limits,
                         const RowDiffRequest& request)
{
  KeptRows kept;
  model::RowDiff diff = diff_rows(std::move(ports), limits, request, kept);
  diff.changed = std::move(kept.rows.changed);
  diff.removed = std::move(kept.rows.removed);
  diff.added = std::move(kept.rows.added);
  diff.duplicates = std::move(kept.rows.duplicates);
  return diff;
}

}  // namespace mlrepro::analysis
