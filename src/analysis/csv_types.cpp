// SPDX-License-Identifier: Apache-2.0
#include "analysis/csv_types.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "analysis/cell_rules.hpp"
#include "analysis/cell_shapes.hpp"
#include "analysis/cell_sql.hpp"
#include "analysis/table_rows.hpp"

namespace mlrepro::analysis {
namespace {

// Rows at the beginning that say which type is tried on all of them.
constexpr const char* k_sample = "2000";

struct Type {
  const char* name;
  plan::ColumnKind kind;
  // The next to try when most cells have fitted but not all.
  std::size_t wider;
};

constexpr std::size_t k_first_time = 3;
constexpr std::size_t k_instant = 5;
constexpr std::size_t k_text = 6;

constexpr std::array<Type, 7> k_types = {{
    {"BOOLEAN", plan::ColumnKind::truth, k_text},
    {"BIGINT", plan::ColumnKind::integer, 2},
    {"DOUBLE", plan::ColumnKind::floating, k_text},
    {"DATE", plan::ColumnKind::date, k_text},
    {"TIMESTAMP", plan::ColumnKind::moment, k_instant},
    {"TIMESTAMP WITH TIME ZONE", plan::ColumnKind::instant, k_text},
    {"VARCHAR", plan::ColumnKind::text, k_text},
}};

struct Candidate {
  std::size_t type = 0;
  bool seen = false;  // a cell that is no NULL
};

// Holds for a cell, none of them NULL, that does not fit.
std::string misfit_of(const Type& type, const std::string& column)
{
  return "NOT coalesce(" + is_of_kind(column, type.kind, CellReader::typed) + ", false)";
}

struct Count {
  bool any = false;
  bool misfits = false;
};

struct Counts {
  std::uint64_t rows = 0;
  std::vector<Count> columns;
};

// With more columns, a query of its own for each type of each column takes too long to plan.
constexpr std::size_t k_few_columns = 60;
// How many of many columns are read at once; bounds memory.
constexpr std::size_t k_columns_at_once = 2000;

std::string aggregates_of(const std::string& column, const Candidate& candidate)
{
  std::string text = "count(" + column + ")";
  if (candidate.type != k_text) {
    text += ", " +
            count_where(column + " IS NOT NULL AND " + misfit_of(k_types[candidate.type], column));
  }
  return text;
}

// For each column: whether it has cells, and whether one of them does not fit its candidate.
Counts count(ports::TableSession& session, const std::string& relation,
             const std::vector<std::string>& columns, const std::vector<Candidate>& candidates)
{
  std::string aggregates = "count(*)";
  for (std::size_t i = 0; i < columns.size(); ++i) {
    aggregates += ", " + aggregates_of(ports::quoted_name(columns[i]), candidates[i]);
  }
  const Row row = one_row(session, "SELECT " + aggregates + " FROM " + relation);
  Counts counts;
  std::size_t at = 0;
  const auto next = [&] { return as_count(row[at++]); };
  counts.rows = next();
  for (const Candidate& candidate : candidates) {
    Count& column = counts.columns.emplace_back();
    column.any = next() > 0;
    column.misfits = candidate.type != k_text && next() > 0;
  }
  return counts;
}

// One round; true when a candidate had to go.
bool narrow(const std::vector<Count>& counts, std::vector<Candidate>& candidates, bool sample)
{
  bool again = false;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    Candidate& candidate = candidates[i];
    if (counts[i].misfits) {
      // What fits the beginning says what kind of column it is; without one, each type is tried.
      const bool known = candidate.seen && !sample;
      candidate.type = known ? k_types[candidate.type].wider : candidate.type + 1;
      again = again || candidate.type != k_text;
    }
  }
  for (std::size_t i = 0; i < counts.size(); ++i) {
    candidates[i].seen = candidates[i].seen || (sample && counts[i].any);
  }
  return again;
}

// A row a column, so that the plan does not grow with their number. Cells that are NULL are no
// rows.
std::vector<std::string> find_types_of_many(ports::TableSession& session,
                                            const std::string& relation,
                                            const std::vector<std::string>& columns,
                                            std::size_t first)
{
  std::vector<std::string> types(columns.size(), k_types[k_text].name);
  std::string misfits;
  for (std::size_t type = first; type < k_text; ++type) {
    misfits += ", " + count_where(misfit_of(k_types[type], "cell"));
  }
  for (std::size_t begin = 0; begin < columns.size(); begin += k_columns_at_once) {
    const std::size_t end = std::min(begin + k_columns_at_once, columns.size());
    std::map<std::string, std::size_t> places;
    std::string names;
    for (std::size_t i = begin; i < end; ++i) {
      places.emplace(columns[i], i);
      names += (i == begin ? "" : ", ") + ports::quoted_name(columns[i]);
    }
    const auto rows =
        session.query("SELECT name" + misfits + " FROM (UNPIVOT (SELECT " + names + " FROM " +
                      relation + ") ON COLUMNS(*) INTO NAME name VALUE cell) GROUP BY name");
    std::vector<ports::TableValue> row;
    while (rows->next(row)) {
      const auto fits = std::find(row.begin() + 1, row.end(), ports::TableValue(std::int64_t{0}));
      types[places.at(std::get<std::string>(row.front()))] =
          k_types[first + static_cast<std::size_t>(fits - row.begin()) - 1].name;
    }
  }
  return types;
}

struct FoundTypes {
  std::vector<std::string> names;
  std::optional<std::uint64_t> rows;  // where they were counted on the way
};

// Of the types from `first` on.
FoundTypes find_types_by_rules(ports::TableSession& session, const std::string& relation,
                               const std::vector<std::string>& columns, std::size_t first)
{
  if (columns.size() > k_few_columns) {
    return {find_types_of_many(session, relation, columns, first), std::nullopt};
  }
  std::vector<Candidate> candidates(columns.size(), Candidate{first, false});
  const std::string sample = "(SELECT * FROM " + relation + " LIMIT " + std::string(k_sample) + ")";
  while (narrow(count(session, sample, columns, candidates).columns, candidates, true)) {
  }
  Counts counts = count(session, relation, columns, candidates);
  while (narrow(counts.columns, candidates, false)) {
    counts = count(session, relation, columns, candidates);
  }
  FoundTypes found;
  found.rows = counts.rows;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    found.names.emplace_back(k_types[counts.columns[i].any ? candidates[i].type : k_text].name);
  }
  return found;
}

const char* name_of_kind(plan::ColumnKind kind)
{
  const auto* const found = std::find_if(k_types.begin(), k_types.end(),
                                         [&](const Type& type) { return type.kind == kind; });
  return (found == k_types.end() ? k_types[k_text] : *found).name;
}

}  // namespace

void find_types(ports::TableSession& session, const std::string& relation, model::TableFacts& facts)
{
  std::vector<std::string> types(facts.columns.size());
  std::vector<std::string> open;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < facts.columns.size(); ++i) {
    const auto kind = facts.shapes.empty() ? std::optional<plan::ColumnKind>()
                                           : kind_of_shapes(facts.shapes[i], CellReader::typed);
    if (kind) {
      types[i] = name_of_kind(*kind);
    } else {
      open.push_back(facts.columns[i]);
      places.push_back(i);
    }
  }
  if (!open.empty()) {
    const FoundTypes rest = find_types_by_rules(session, relation, open, 0);
    for (std::size_t i = 0; i < open.size(); ++i) {
      types[places[i]] = rest.names[i];
    }
    facts.rows = facts.rows ? facts.rows : rest.rows;
  }
  facts.types = std::move(types);
}

std::vector<std::string> find_times(ports::TableSession& session, const std::string& relation,
                                    const std::vector<std::string>& columns)
{
  return find_types_by_rules(session, relation, columns, k_first_time).names;
}

}  // namespace mlrepro::analysis
