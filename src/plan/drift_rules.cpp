// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "mlrepro/plan/drift.hpp"
#include "mlrepro/plan/drift_statistics.hpp"
#include "mlrepro/plan/tolerance.hpp"

namespace mlrepro::plan {
namespace {

constexpr double k_standard_alpha = 0.05;

// What the rules that match say together.
struct Limits {
  std::map<std::string, double> of;
  double alpha = k_standard_alpha;
  bool ignore = false;
};

bool is_limited(const std::vector<model::DriftRule>& rules, const std::string& path)
{
  return std::any_of(rules.begin(), rules.end(), [&](const model::DriftRule& rule) {
    return !rule.limits.empty() && matches_glob(rule.path, path);
  });
}

Limits limits_of(const std::vector<model::DriftRule>& rules, const std::string& path,
                 const std::string& column)
{
  Limits limits;
  for (const model::DriftRule& rule : rules) {
    if (!matches_glob(rule.path, path) || !matches_glob(rule.column, column)) {
      continue;
    }
    for (const auto& [measure, limit] : rule.limits) {
      limits.of[measure] = limit;
    }
    limits.alpha = rule.alpha.value_or(limits.alpha);
    limits.ignore = rule.ignore.value_or(limits.ignore);
  }
  if (!is_limited(rules, path)) {
    limits.of = {{"psi", 0.1}, {"missing", 0.05}, {"new", 0.1}};
  }
  return limits;
}

// An effect, and the probability of one like it by chance.
struct Effect {
  const char* measure;
  std::optional<double> size;
  double p = 1;
};

std::vector<Effect> effects_of(const model::ColumnDrift& column)
{
  const double of_values = column.test ? column.test->adjusted_p : 1;
  const double of_missing = column.missing.test.adjusted_p;
  // What is missing has a cell of its own in these two.
  const double of_cells = std::min(of_values, of_missing);
  const bool beyond_chance =
      column.psi && column.psi_critical && *column.psi > *column.psi_critical;
  return {{"psi", column.psi, beyond_chance ? of_cells : 1},
          {"js", column.js, of_cells},
          {"ks", column.ks, of_values},
          {"wasserstein", column.wasserstein, of_values},
          {"missing", std::fabs(column.missing.b - column.missing.a), of_missing},
          {"new", column.new_share, column.new_test ? column.new_test->adjusted_p : 1}};
}

void judge_column(const Limits& limits, model::ColumnDrift& column)
{
  column.exceeded.clear();
  column.severity = 0;
  if (limits.ignore) {
    return;
  }
  for (const Effect& effect : effects_of(column)) {
    const auto limit = limits.of.find(effect.measure);
    if (limit != limits.of.end() && effect.size && *effect.size > 0 &&
        *effect.size >= limit->second && effect.p <= limits.alpha) {
      column.exceeded.push_back({effect.measure, *effect.size, limit->second});
    }
  }
  const auto ratio = [](const model::Exceeded& item) {
    return item.value / std::max(item.threshold, 1e-9);
  };
  std::stable_sort(column.exceeded.begin(), column.exceeded.end(),
                   [&](const auto& x, const auto& y) { return ratio(x) > ratio(y); });
  column.severity = column.exceeded.empty() ? 0 : ratio(column.exceeded.front());
}

// By the number of tests (Bonferroni), apart from the others: what is new in one column tells
// nothing of the distribution of another.
void adjust_new_values(std::vector<model::ColumnDrift>& columns)
{
  const auto is_tested = [](const model::ColumnDrift& column) {
    return column.new_test.has_value();
  };
  const auto tests = static_cast<double>(std::count_if(columns.begin(), columns.end(), is_tested));
  for (model::ColumnDrift& column : columns) {
    if (column.new_test) {
      column.new_test->adjusted_p = std::min(1.0, column.new_test->p * tests);
    }
  }
}

void adjust(std::vector<model::ColumnDrift>& columns)
{
  std::vector<model::TestResult*> tests;
  for (model::ColumnDrift& column : columns) {
    if (column.test) {
      tests.push_back(&*column.test);
    }
    if (column.missing.a != column.missing.b) {
      tests.push_back(&column.missing.test);
    }
  }
  adjust_new_values(columns);
  std::vector<double> probabilities;
  for (const model::TestResult* test : tests) {
    probabilities.push_back(test->p);
  }
  const auto adjusted = false_discovery_adjusted(probabilities);
  for (std::size_t i = 0; i < tests.size(); ++i) {
    tests[i]->adjusted_p = adjusted[i];
  }
}

// Absent where no rule says whether a change of the schema counts.
std::optional<bool> counts_schema(const std::vector<model::DriftRule>& rules,
                                  const std::string& path)
{
  std::optional<bool> counts;
  for (const model::DriftRule& rule : rules) {
    counts = matches_glob(rule.path, path) && rule.schema ? rule.schema : counts;
  }
  return counts;
}

const char* class_words(model::ColumnClass kind)
{
  switch (kind) {
    case model::ColumnClass::numeric:
      return "numbers";
    case model::ColumnClass::text:
      return "text";
    case model::ColumnClass::boolean:
      return "truth values";
    case model::ColumnClass::time:
      return "times";
  }
  return "values";
}

// Of two classes, missing values are compared all the same.
bool has_other_limit(const Limits& limits)
{
  return std::any_of(limits.of.begin(), limits.of.end(),
                     [](const auto& limit) { return limit.first != "missing"; });
}

// Why a limit for a distance of numbers or times can't be held against a column; empty: it can,
// or neither side has a value.
std::string missing_distance(const Limits& limits, const model::ColumnDrift& column)
{
  const bool is_ordered =
      column.kind == model::ColumnClass::numeric || column.kind == model::ColumnClass::time;
  const bool is_gone_a = column.rows_a == 0 || column.missing.a >= 1;
  const bool is_gone_b = column.rows_b == 0 || column.missing.b >= 1;
  if (!is_ordered || (is_gone_a && is_gone_b)) {
    return {};
  }
  const bool needs_ks = limits.of.contains("ks") && !column.ks;
  const bool needs_wasserstein = limits.of.contains("wasserstein") && !column.wasserstein;
  if (!column.ks && (needs_ks || needs_wasserstein)) {
    return is_gone_a   ? "no distance: a has no value"
           : is_gone_b ? "no distance: b has no value"
                       : "no distance: a or b has no finite value";
  }
  return needs_wasserstein ? "wasserstein: the values of a have no deviation" : "";
}

std::vector<model::UncomparedColumn> uncompared_columns(const std::vector<model::DriftRule>& rules,
                                                        const model::TableDrift& drift)
{
  std::vector<model::UncomparedColumn> list;
  for (const model::SchemaChange& change : drift.schema) {
    const Limits limits = limits_of(rules, drift.path, change.column);
    if (change.kind == model::SchemaChange::Kind::removed && !limits.ignore && !limits.of.empty()) {
      list.push_back({change.column, "b does not have it"});
    }
  }
  for (const model::ColumnDrift& column : drift.columns) {
    const Limits limits = limits_of(rules, drift.path, column.column);
    if (column.other_kind && !limits.ignore && has_other_limit(limits)) {
      list.push_back({column.column, std::string(class_words(column.kind)) + " in a, " +
                                         class_words(*column.other_kind) + " in b"});
    }
  }
  return list;
}

// Of those that another limit flags, the answer is known.
void add_columns_without_distance(const std::vector<model::DriftRule>& rules,
                                  model::TableDrift& drift)
{
  for (const model::ColumnDrift& column : drift.columns) {
    const Limits limits = limits_of(rules, drift.path, column.column);
    const std::string reason = column.other_kind || limits.ignore || column.flagged()
                                   ? ""
                                   : missing_distance(limits, column);
    if (!reason.empty()) {
      drift.uncompared.push_back({column.column, reason});
    }
  }
}

}  // namespace

void judge_drift(const std::vector<model::DriftRule>& rules, model::TableDrift& drift)
{
  adjust(drift.columns);
  for (model::ColumnDrift& column : drift.columns) {
    judge_column(limits_of(rules, drift.path, column.column), column);
  }
  std::stable_sort(drift.columns.begin(), drift.columns.end(), [](const auto& x, const auto& y) {
    return std::pair(x.severity, x.psi.value_or(0)) > std::pair(y.severity, y.psi.value_or(0));
  });
  drift.alpha = limits_of(rules, drift.path, "*").alpha;
  drift.has_thresholds = std::any_of(rules.begin(), rules.end(), [&](const auto& rule) {
    return matches_glob(rule.path, drift.path);
  });
  const auto schema = counts_schema(rules, drift.path);
  drift.exceeded.clear();
  if (!drift.schema.empty() && schema.value_or(false)) {
    drift.exceeded.push_back({"schema", static_cast<double>(drift.schema.size()), 0});
  }
  // Who says that the schema is of no account has looked at it.
  drift.uncompared = schema.value_or(true) ? uncompared_columns(rules, drift)
                                           : std::vector<model::UncomparedColumn>();
  add_columns_without_distance(rules, drift);
}

}  // namespace mlrepro::plan
