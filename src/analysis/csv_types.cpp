// SPDX-License-Identifier: Apache-2.0
#include "analysis/csv_types.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace mlrepro::analysis {
namespace {

// Rows at the beginning that say which type is tried on all of them.
constexpr const char* k_sample = "2000";

struct Type {
  const char* name;
  // Holds for a cell, # in this text, that does not fit.
  std::string_view misfit;
  // The next to try when most cells have fitted but not all.
  std::size_t wider;
};

constexpr std::size_t k_text = 5;

// A number is one only where its digits come back as they were: codes such as 007, numbers of more
// digits than a DOUBLE holds, and 1_000 stay text. Blanks around a number do not matter.
constexpr std::array<Type, 6> k_types = {{
    {"BOOLEAN", "lower(#) NOT IN ('true', 'false')", k_text},
    {"BIGINT", "CAST(TRY_CAST(# AS BIGINT) AS VARCHAR) IS DISTINCT FROM trim(#)", 2},
    {"DOUBLE",
     "(TRY_CAST(# AS DOUBLE) IS NULL OR "
     "regexp_matches(#, '^ *[+-]?(0[0-9]|[0-9]{17,} *$)|_'))",
     k_text},
    {"DATE", "CAST(TRY_CAST(# AS DATE) AS VARCHAR) IS DISTINCT FROM #", k_text},
    {"TIMESTAMP",
     "(TRY_CAST(# AS TIMESTAMP) IS NULL OR NOT regexp_matches(#, "
     "'^\\d{4}-\\d\\d-\\d\\d[ "
     "T]\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,6})?)?(Z|[+-]\\d\\d(:?\\d\\d)?)?$'))",
     k_text},
    {"VARCHAR", "false", k_text},
}};

struct Candidate {
  std::size_t type = 0;
  bool seen = false;  // a cell that is no NULL
};

std::string misfit_of(const Type& type, const std::string& column)
{
  std::string condition;
  for (const char c : type.misfit) {
    condition += c == '#' ? column : std::string(1, c);
  }
  return condition;
}

struct Count {
  bool any = false;
  bool misfits = false;
};

// For each column: whether it has cells, and whether one of them does not fit its candidate.
std::vector<Count> count(ports::TableSession& session, const std::string& relation,
                         const std::vector<std::string>& columns,
                         const std::vector<Candidate>& candidates)
{
  std::string aggregates;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const std::string column = ports::quoted_name(columns[i]);
    aggregates += (i == 0 ? "" : ", ") + std::string("count(") + column + ")";
    if (candidates[i].type != k_text) {
      aggregates += ", count(*) FILTER (" + column + " IS NOT NULL AND " +
                    misfit_of(k_types[candidates[i].type], column) + ")";
    }
  }
  std::vector<ports::TableValue> row;
  session.query("SELECT " + aggregates + " FROM " + relation)->next(row);
  std::vector<Count> counts(columns.size());
  std::size_t at = 0;
  const auto positive = [&] { return std::get<std::int64_t>(row[at++]) > 0; };
  for (std::size_t i = 0; i < columns.size(); ++i) {
    counts[i].any = positive();
    counts[i].misfits = candidates[i].type != k_text && positive();
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

}  // namespace

std::vector<std::string> find_types(ports::TableSession& session, const std::string& relation,
                                    const std::vector<std::string>& columns)
{
  std::vector<Candidate> candidates(columns.size());
  const std::string sample = "(SELECT * FROM " + relation + " LIMIT " + std::string(k_sample) + ")";
  while (narrow(count(session, sample, columns, candidates), candidates, true)) {
  }
  std::vector<Count> counts = count(session, relation, columns, candidates);
  while (narrow(counts, candidates, false)) {
    counts = count(session, relation, columns, candidates);
  }
  std::vector<std::string> names;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    names.emplace_back(k_types[counts[i].any ? candidates[i].type : k_text].name);
  }
  return names;
}

}  // namespace mlrepro::analysis
