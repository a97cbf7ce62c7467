// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <set>

#include "analysis/cell_sql.hpp"
#include "analysis/profile_parts.hpp"
#include "analysis/table_rows.hpp"
#include "mlrepro/analysis/profile.hpp"

namespace mlrepro::analysis {
namespace {

using model::ColumnClass;
using model::ColumnProfile;

constexpr std::size_t k_columns_in_a_query = 100;
constexpr std::size_t k_percentiles = 101;
constexpr double k_hundred = 100;
constexpr std::size_t k_tenth = 10;
constexpr std::uint64_t k_all_listed = 100;  // up to so many distinct values, all are listed
constexpr std::size_t k_most_frequent = 20;
constexpr std::size_t k_longest_listed = 200;  // characters
// Squares of larger numbers may be no doubles.
constexpr double k_too_large = 1e150;
constexpr double k_confidence = 0.99;
constexpr std::size_t k_few_words = 3;  // among numbers
constexpr std::size_t k_longest_word = 20;
constexpr double k_confidence_z = 2.5758293035489004;
// About so many distinct values of a table larger than the budget are counted, by their hashes.
constexpr double k_sketch_size = 65536;

// What is counted over all rows, a column at a time.
enum Part : std::size_t { there, nan, infinite, low, high, mean, deviation, first, last, sketch };
constexpr std::size_t k_parts = sketch + 1;

// Of how many hashes one is counted: a power of two.
std::uint64_t sketch_stride(const LoadedTable& table)
{
  std::uint64_t stride = 1;
  while (static_cast<double>(table.rows) / static_cast<double>(stride) > k_sketch_size) {
    stride *= 2;
  }
  return stride;
}

std::string parts_of(const ports::TableColumn& column, const LoadedTable& table)
{
  const std::string name = ports::quoted_name(column.name);
  const std::string number = number_of(column);
  const bool floating = is_floating(column.type);
  const bool time = class_of(column.type) == ColumnClass::time;
  // Not FILTER, see count_where. Whole numbers and lengths are finite, and far below 1e150.
  const auto where = [&](const std::string& condition) {
    return floating || time ? "CASE WHEN " + condition + " THEN " + number + " END" : number;
  };
  const std::string finite = where("isfinite(" + number + ")");
  const std::string small = where("isfinite(" + number + ") AND abs(" + number + ") < 1e150");
  std::string sql = "count(" + name + ")";
  sql += floating ? ", " + count_where("isnan(" + name + ")") : ", 0";
  sql += floating ? ", " + count_where("isinf(" + name + ")") : ", 0";
  sql += ", min(" + finite + "), max(" + finite + ")";
  sql += ", favg(" + small + "), stddev_samp(" + small + ")";
  sql += time ? ", CAST(min(" + name + ") AS VARCHAR), CAST(max(" + name + ") AS VARCHAR)"
              : std::string(", NULL, NULL");
  if (table.sampled == table.rows) {
    return sql + ", 0";
  }
  // Hashed once more: the lowest bits of one hash of a text are not even.
  return sql + ", count(DISTINCT hash(" + name + ")) FILTER (WHERE " + is_value(column) +
         " AND hash(hash(" + name + ")) % " + std::to_string(sketch_stride(table)) + " = 0)";
}

std::optional<model::NumberSummary> summary_of(const Row& row, std::size_t at)
{
  const auto least = as_number(row[at + low]);
  const auto most = as_number(row[at + high]);
  if (!least || !most) {
    return std::nullopt;
  }
  model::NumberSummary summary{*least, *most, {}, {}};
  if (std::max(std::fabs(*least), std::fabs(*most)) < k_too_large) {
    summary.mean = as_number(row[at + mean]);
    summary.deviation = as_number(row[at + deviation]);
  }
  return summary;
}

// Everything of a column that takes one look at all rows. Returns what the sketch counted.
std::uint64_t read_parts(const Row& row, std::size_t at, const LoadedTable& table,
                         ColumnProfile& column)
{
  column.missing = table.rows - as_count(row[at + there]);
  column.nan = as_count(row[at + nan]);
  column.infinite = as_count(row[at + infinite]);
  (column.kind == ColumnClass::text ? column.lengths : column.numbers) = summary_of(row, at);
  column.first = as_text(row[at + first]);
  column.last = as_text(row[at + last]);
  return as_count(row[at + sketch]);
}

// Of a quantile, the ranks between which it lies and how far from the lower one, as the engine's
// own quantile_cont has them.
struct Place {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  double part = 0;
};

Place place_of(std::size_t hundredth, std::uint64_t count)
{
  const double rank = static_cast<double>(count - 1) * (static_cast<double>(hundredth) / k_hundred);
  const double below = std::floor(rank);
  return {static_cast<std::uint64_t>(below), static_cast<std::uint64_t>(std::ceil(rank)),
          rank - below};
}

// The values of a column, and how often each is there.
struct Groups {
  std::uint64_t values = 0;
  std::uint64_t singles = 0;  // values that are there once
  std::uint64_t numbers = 0;  // rows with a finite number
};

constexpr const char* k_groups = "mlrepro_values";  // v, n

// Of a column's values, all of which the engine spills where it has to.
Groups make_groups(ports::TableSession& session, const std::string& table,
                   const ports::TableColumn& source)
{
  const std::string name = ports::quoted_name(source.name);
  // 0 and -0 are one number, by whichever comes first.
  const std::string value =
      is_floating(source.type) ? "(" + name + " + CAST(0 AS " + source.type + "))" : name;
  session.execute(std::string("CREATE OR REPLACE TABLE ") + k_groups + " AS SELECT " + value +
                  " AS v, count(*) AS n FROM " + table + " WHERE " + is_value(source) +
                  " GROUP BY ALL");
  const std::string number = number_of({"v", source.type});
  const Row row =
      one_row(session, "SELECT count(*), " + count_where("n = 1") + ", sum(CASE WHEN isfinite(" +
                           number + ") THEN n END) FROM " + k_groups);
  return {as_count(row[0]), as_count(row[1]), as_count(row[2])};
}

// The finite numbers of a column as x, each for n rows: one by one where grouping has not made
// them much fewer.
std::string numbers_of(const std::string& table, const ports::TableColumn& source,
                       const Groups& groups)
{
  return groups.values < groups.numbers / 2
             ? "(SELECT x, n FROM (SELECT " + number_of({"v", source.type}) + " AS x, n FROM " +
                   k_groups + ") WHERE isfinite(x))"
             : finite_numbers(table, source);
}

// By one sort: quantile_cont of the engine selects anew for each quantile, with all numbers in
// memory. Only rows near a hundredth are fetched.
std::vector<double> percentiles_of(ports::TableSession& session, const std::string& numbers,
                                   std::uint64_t count)
{
  const std::string last = std::to_string(std::max<std::uint64_t>(count - 1, 1));
  std::map<std::uint64_t, double> from_rank;  // the number of this rank and all up to the next
  each_row(session,
           "SELECT below, x FROM (SELECT x, upto, upto - n AS below FROM (SELECT x, n, CAST(sum(n)"
           " OVER (ORDER BY x ROWS UNBOUNDED PRECEDING) AS BIGINT) AS upto FROM " +
               numbers + ")) WHERE below < 2 OR upto >= " + last + " OR ((upto + 1) * 100) // " +
               last + " > ((below - 2) * 100) // " + last,
           [&](const Row& row) { from_rank[as_count(row[0])] = as_number(row[1]).value_or(0); });
  const auto number_at = [&](std::uint64_t rank) {
    return std::prev(from_rank.upper_bound(rank))->second;
  };
  std::vector<double> percentiles;
  for (std::size_t i = 0; i < k_percentiles; ++i) {
    const Place place = place_of(i, count);
    const double low = number_at(place.low);
    percentiles.push_back(place.low == place.high
                              ? low
                              : low * (1 - place.part) + number_at(place.high) * place.part);
  }
  return percentiles;
}

void read_quantiles(ports::TableSession& session, const std::string& numbers, const Groups& groups,
                    ColumnProfile& column)
{
  if (groups.numbers == 0) {
    return;
  }
  column.percentiles = percentiles_of(session, numbers, groups.numbers);
  std::vector<double>& edges = column.histogram.edges;
  for (std::size_t i = k_tenth; i + 1 < k_percentiles; i += k_tenth) {
    if (edges.empty() || edges.back() < column.percentiles[i]) {
      edges.push_back(column.percentiles[i]);
    }
  }
  column.histogram.counts = count_bins(session, numbers, edges);
}

void read_top(ports::TableSession& session, const Groups& groups, ColumnProfile& column)
{
  const bool all = groups.values <= k_all_listed;
  if (!all && groups.singles == groups.values) {
    return;  // none occurs more than once
  }
  const std::string limit = " LIMIT " + std::to_string(all ? k_all_listed : k_most_frequent);
  // Numbers and times are never that long, and only those that may be listed need be written.
  const std::string listed =
      std::string(" FROM ") + k_groups + " WHERE " + (all ? "true" : "n > 1") +
      (column.kind == ColumnClass::text
           ? " AND length(CAST(v AS VARCHAR)) <= " + std::to_string(k_longest_listed)
           : "");
  each_row(session,
           "SELECT CAST(v AS VARCHAR) AS t, n" + listed +
               " AND n >= (SELECT min(n) FROM (SELECT n" + listed + " ORDER BY n DESC" + limit +
               ")) ORDER BY n DESC, t" + limit,
           [&](const Row& item) {
             column.top.push_back({as_text(item[0]), as_count(item[1])});
           });
}

// A few words among numbers, such as NA, make a column one of text, which is seldom meant.
void note_words_among_numbers(ports::TableSession& session, const Groups& groups,
                              ColumnProfile& column)
{
  if (column.type != "VARCHAR" || groups.values < 2) {
    return;
  }
  std::set<std::string> words;
  each_row(session,
           std::string("SELECT v FROM ") + k_groups +
               " WHERE TRY_CAST(v AS DOUBLE) IS NULL LIMIT " + std::to_string(k_few_words + 1),
           [&](const Row& row) { words.insert(as_text(row[0])); });
  std::string list;
  for (const std::string& word : words) {
    list += (list.empty() ? "'" : ", '") + word + "'";
  }
  if (!words.empty() && words.size() <= k_few_words && groups.values >= 3 * words.size() &&
      list.size() <= k_few_words * (k_longest_word + 4)) {
    column.notes.push_back("numbers but for " + list);
  }
}

// Of the values of a table of which a sample was looked at. Two estimates, and the closer one
// counts: by the sample, values that it has once stand for up to N/n (Charikar and others 2000);
// by the hashes of all values, of which one in `stride` was counted.
model::CountEstimate estimate_distinct(const Groups& groups, double counted, double stride,
                                       const LoadedTable& table)
{
  const double factor =
      static_cast<double>(table.rows) / std::max(1.0, static_cast<double>(table.sampled));
  const auto seen = static_cast<double>(groups.values);
  const auto singles = static_cast<double>(groups.singles);
  double value = seen + (std::sqrt(factor) - 1) * singles;
  double least = seen;
  double most = seen + (factor - 1) * singles;
  const double by_hash = counted * stride;
  const double margin = counted > 0 ? k_confidence_z * by_hash / std::sqrt(counted) : most;
  if (2 * margin < most - least) {
    value = std::max(by_hash, seen);
    least = std::max(by_hash - margin, seen);
    most = by_hash + margin;
  }
  const auto whole = [&](double number) {
    return static_cast<std::uint64_t>(
        std::llround(std::min(number, static_cast<double>(table.rows))));
  };
  return {whole(value), whole(least), whole(most)};
}

void add_notes(const LoadedTable& table, ColumnProfile& column)
{
  const std::uint64_t values = table.rows - column.missing - column.nan;
  const bool countable = column.kind != ColumnClass::boolean && !is_floating(column.type);
  if (values == 0) {
    column.notes.emplace_back("empty");
  } else if (column.distinct.exact() && column.distinct.value == 1) {
    column.notes.emplace_back("constant");
  } else if (countable && values == table.rows && column.distinct.high >= table.rows &&
             column.distinct.value >= table.rows - table.rows / 50) {
    column.notes.emplace_back("key-like");
  }
  if (column.numbers && !column.numbers->mean) {
    column.notes.emplace_back("too large to sum");
  }
}

// How far the distribution of a sample is from the whole one (Dvoretzky, Kiefer, Wolfowitz).
double rank_error(const LoadedTable& table)
{
  return table.sampled == table.rows || table.sampled == 0
             ? 0
             : std::sqrt(std::log(2 / (1 - k_confidence)) /
                         (2 * static_cast<double>(table.sampled)));
}

}  // namespace

std::vector<Row> count_parts(ports::TableSession& session, const LoadedTable& table)
{
  std::vector<Row> parts;
  for (std::size_t begin = 0; begin < table.columns.size(); begin += k_columns_in_a_query) {
    const std::size_t end = std::min(begin + k_columns_in_a_query, table.columns.size());
    std::string sql;
    for (std::size_t i = begin; i < end; ++i) {
      sql += (i == begin ? "SELECT " : ", ") + parts_of(table.columns[i], table);
    }
    parts.push_back(one_row(session, sql + " FROM " + table.relation));
  }
  return parts;
}

model::TableProfile profile_table(ports::TableSession& session, const LoadedTable& table)
{
  model::TableProfile profile;
  profile.rows = table.rows;
  profile.sampled = table.sampled;
  profile.rank_error = rank_error(table);
  session.execute("SET threads = 1");
  const std::vector<Row> parts = table.parts.empty() ? count_parts(session, table) : table.parts;
  // Nothing else depends on the order of the rows.
  session.execute("SET threads = " + std::to_string(std::max(table.threads, 1U)));
  for (std::size_t begin = 0; begin < table.columns.size(); begin += k_columns_in_a_query) {
    const std::size_t end = std::min(begin + k_columns_in_a_query, table.columns.size());
    const Row& row = parts[begin / k_columns_in_a_query];
    for (std::size_t i = begin; i < end; ++i) {
      const ports::TableColumn& source = table.columns[i];
      ColumnProfile& column = profile.columns.emplace_back();
      column.name = source.name;
      column.type = source.type;
      column.kind = class_of(source.type);
      const std::uint64_t counted = read_parts(row, (i - begin) * k_parts, table, column);
      const Groups groups = make_groups(session, table.name, source);
      if (column.kind == ColumnClass::numeric || column.kind == ColumnClass::time) {
        read_quantiles(session, numbers_of(table.name, source, groups), groups, column);
      }
      read_top(session, groups, column);
      column.distinct = table.sampled == table.rows
                            ? model::CountEstimate{groups.values, groups.values, groups.values}
                            : estimate_distinct(groups, static_cast<double>(counted),
                                                static_cast<double>(sketch_stride(table)), table);
      column.top_is_all = column.distinct.exact() && column.top.size() == groups.values;
      add_notes(table, column);
      note_words_among_numbers(session, groups, column);
    }
  }
  session.execute(std::string("SET threads = 1; DROP TABLE IF EXISTS ") + k_groups);
  return profile;
}

}  // namespace mlrepro::analysis
