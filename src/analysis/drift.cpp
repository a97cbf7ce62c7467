// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/analysis/drift.hpp"

#include <algorithm>

#include "analysis/table_rows.hpp"
#include "mlrepro/plan/drift.hpp"

namespace mlrepro::analysis {
namespace {

constexpr const char* k_pairs = "mlrepro_pairs";
constexpr std::size_t k_longest_named = 200;  // characters

// Both sides of one column in a session.
struct ColumnSource {
  const std::string& table_a;
  const std::string& table_b;
  const ports::TableColumn& a;
  const ports::TableColumn& b;
};

// 1 and 1.0 are one value of a column whose type changed.
std::string value_text(const ports::TableColumn& column, const ColumnSource& source)
{
  const bool as_double =
      source.a.type != source.b.type && class_of(source.a.type) == model::ColumnClass::numeric;
  return "CAST(" + (as_double ? number_of(column) : ports::quoted_name(column.name)) +
         " AS VARCHAR)";
}

// A table of (v, a, b): how often each value is on each side.
void count_values(ports::TableSession& session, const ColumnSource& source)
{
  const auto side = [&](const ports::TableColumn& column, const std::string& table,
                        const std::string& counts) {
    return "SELECT " + value_text(column, source) + " AS v, " + counts + " FROM " + table +
           " WHERE " + is_value(column) + " GROUP BY 1";
  };
  session.execute(std::string("CREATE OR REPLACE TABLE ") + k_pairs +
                  " AS SELECT v, CAST(sum(a) AS BIGINT) AS a, CAST(sum(b) AS BIGINT) AS b FROM (" +
                  side(source.a, source.table_a, "count(*) AS a, 0 AS b") + " UNION ALL " +
                  side(source.b, source.table_b, "0 AS a, count(*) AS b") + ") GROUP BY v");
}

std::vector<model::ValueCount> named_values(ports::TableSession& session, const std::string& there,
                                            const std::string& not_there)
{
  std::vector<model::ValueCount> values;
  each_row(session,
           "SELECT v, " + there + " FROM " + k_pairs + " WHERE " + not_there +
               " = 0 AND length(v) <= " + std::to_string(k_longest_named) + " ORDER BY " + there +
               " DESC, v LIMIT " + std::to_string(plan::k_named_values),
           [&](const Row& row) {
             values.push_back({as_text(row[0]), as_count(row[1])});
           });
  return values;
}

plan::ValueSample sample_values(ports::TableSession& session, const ColumnSource& source)
{
  count_values(session, source);
  const Row totals =
      one_row(session, std::string("SELECT sum(a), sum(b), sum(b) FILTER (WHERE a = 0),"
                                   " count(*) FILTER (WHERE a = 1),"
                                   " count(*) FILTER (WHERE a = 2) FROM ") +
                           k_pairs);
  plan::ValueSample sample;
  sample.rest_a = as_number(totals[0]).value_or(0);
  sample.rest_b = as_number(totals[1]).value_or(0);
  sample.new_rows = as_number(totals[2]).value_or(0);
  sample.single_rows = as_number(totals[3]).value_or(0);
  sample.pairs = as_number(totals[4]).value_or(0);
  each_row(session,
           std::string("SELECT left(v, ") + std::to_string(k_longest_named) + "), a, b FROM " +
               k_pairs +
               " WHERE a + b >= " + sql_number(plan::least_total(sample.rest_a, sample.rest_b)) +
               " ORDER BY a + b DESC, v LIMIT " + std::to_string(plan::k_value_cells),
           [&](const Row& row) {
             sample.frequent.push_back(
                 {as_text(row[0]), as_number(row[1]).value_or(0), as_number(row[2]).value_or(0)});
           });
  for (const plan::ValuePair& value : sample.frequent) {
    sample.rest_a -= value.a;
    sample.rest_b -= value.b;
  }
  sample.new_values = named_values(session, "b", "a");
  sample.vanished_values = named_values(session, "a", "b");
  session.execute(std::string("DROP TABLE ") + k_pairs);
  return sample;
}

// The distance of Kolmogorov and Smirnov and the area between the two distributions, exactly.
void measure_distance(ports::TableSession& session, const ColumnSource& source,
                      plan::BinSample& sample)
{
  const auto side = [](const ports::TableColumn& column, const std::string& table,
                       const std::string& counts) {
    return "SELECT x, " + counts + " FROM (SELECT " + number_of(column) + " AS x FROM " + table +
           ") WHERE isfinite(x)";
  };
  const Row row = one_row(
      session,
      "WITH u AS (SELECT x, sum(a) AS a, sum(b) AS b FROM (" +
          side(source.a, source.table_a, "1 AS a, 0 AS b") + " UNION ALL " +
          side(source.b, source.table_b, "0 AS a, 1 AS b") +
          ") GROUP BY x), n AS (SELECT CAST(sum(a) AS DOUBLE) AS a, CAST(sum(b) AS DOUBLE) AS b"
          " FROM u), f AS (SELECT x, lead(x) OVER (ORDER BY x) AS next,"
          " abs(CAST(sum(u.a) OVER (ORDER BY x) AS DOUBLE) / n.a"
          " - CAST(sum(u.b) OVER (ORDER BY x) AS DOUBLE) / n.b) AS d FROM u, n"
          " WHERE n.a > 0 AND n.b > 0)"
          " SELECT max(d), sum(d * (next / 2 - x / 2) ORDER BY x) * 2 FROM f");
  sample.distance = as_number(row[0]);
  sample.shift = as_number(row[1]);
}

plan::ColumnSample sample_column(ports::TableSession& session, const ColumnSource& source,
                                 const plan::ColumnPair& pair)
{
  plan::ColumnSample sample;
  if (!plan::common_class(pair.a, pair.b)) {
    return sample;
  }
  if (plan::is_by_value(pair.a, pair.b)) {
    // Lists of all values say the same as the data.
    if (pair.a.top_is_all && pair.b.top_is_all && pair.table_a.exact() && pair.table_b.exact()) {
      return plan::sample_profiles(pair);
    }
    sample.values = sample_values(session, source);
    return sample;
  }
  plan::BinSample& bins = sample.bins.emplace();
  bins.edges = pair.a.histogram.edges;
  const auto& known = pair.a.histogram.counts;
  bins.a.assign(known.begin(), known.end());
  bins.a.resize(bins.edges.size() + 1);
  const auto found = count_bins(session, finite_numbers(source.table_b, source.b), bins.edges);
  bins.b.assign(found.begin(), found.end());
  measure_distance(session, source, bins);
  return sample;
}

const ports::TableColumn& column_of(const LoadedTable& table, const std::string& name)
{
  return *std::find_if(table.columns.begin(), table.columns.end(),
                       [&](const auto& column) { return column.name == name; });
}

model::TableDrift start(const model::TableProfile& a, const model::TableProfile& b,
                        const std::string& path)
{
  model::TableDrift drift;
  drift.path = path;
  drift.a = a.digest;
  drift.b = b.digest;
  drift.rows_a = a.rows;
  drift.rows_b = b.rows;
  drift.schema = plan::compare_schemas(a, b);
  return drift;
}

}  // namespace

model::TableDrift compare_loaded(ports::TableSession& session, const ProfiledTable& a,
                                 const ProfiledTable& b, const std::string& path,
                                 const std::vector<model::DriftRule>& rules)
{
  model::TableDrift drift = start(a.profile, b.profile, path);
  drift.source = model::TableDrift::Source::data;
  for (const plan::ColumnPair& pair : plan::common_columns(a.profile, b.profile)) {
    const ColumnSource source{a.table.name, b.table.name, column_of(a.table, pair.a.name),
                              column_of(b.table, pair.b.name)};
    drift.columns.push_back(plan::measure_column(pair, sample_column(session, source, pair)));
  }
  plan::judge_drift(rules, drift);
  return drift;
}

model::TableDrift compare_relations(ports::TableSession& session, const std::string& relation_a,
                                    const std::string& relation_b, const std::string& path,
                                    const std::vector<model::DriftRule>& rules)
{
  const LoadedTable a = load_table(session, {relation_a}, "mlrepro_a", {});
  const LoadedTable b = load_table(session, {relation_b}, "mlrepro_b", {});
  const model::TableProfile profile_a = profile_table(session, a);
  const model::TableProfile profile_b = profile_table(session, b);
  model::TableDrift drift = compare_loaded(session, {a, profile_a}, {b, profile_b}, path, rules);
  session.execute("DROP TABLE " + a.name);
  session.execute("DROP TABLE " + b.name);
  return drift;
}

model::TableDrift compare_profiles(const model::TableProfile& a, const model::TableProfile& b,
                                   const std::string& path,
                                   const std::vector<model::DriftRule>& rules)
{
  model::TableDrift drift = start(a, b, path);
  drift.source = model::TableDrift::Source::profiles;
  for (const plan::ColumnPair& pair : plan::common_columns(a, b)) {
    drift.columns.push_back(plan::measure_column(pair, plan::sample_profiles(pair)));
  }
  plan::judge_drift(rules, drift);
  return drift;
}

}  // namespace mlrepro::analysis
