// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <map>
#include <utility>

#include "mlrepro/model/timestamp.hpp"
#include "mlrepro/plan/drift.hpp"
#include "mlrepro/plan/drift_statistics.hpp"

namespace mlrepro::plan {
namespace {

constexpr std::size_t k_picture_cells = 12;
constexpr std::size_t k_picture_values = 8;  // of text
constexpr double k_ms_per_second = 1000;

std::string number_label(double number)
{
  std::array<char, 40> buffer{};
  const int length = std::snprintf(buffer.data(), buffer.size(), "%.6g", number);
  return {buffer.data(), static_cast<std::size_t>(length)};
}

std::string edge_label(double edge, const std::string& type)
{
  constexpr std::size_t k_date = 10;
  using model::Timestamp;
  if (type == "TIME") {
    return number_label(edge) + " s";
  }
  const double ms = std::round(edge * k_ms_per_second);
  const bool is_time = type == "DATE" || type.starts_with("TIMESTAMP");
  if (!is_time || ms < static_cast<double>(Timestamp::k_first_ms) ||
      ms > static_cast<double>(Timestamp::k_last_ms)) {
    return number_label(edge);
  }
  const std::string text = Timestamp{static_cast<std::int64_t>(ms)}.to_iso8601();
  return type == "DATE" ? text.substr(0, k_date) : text;
}

class CellList {
 public:
  explicit CellList(model::DriftCells& cells) : cells_(cells) {}

  void add(const std::string& label, double a, double b)
  {
    cells_.labels.push_back(label);
    cells_.a.push_back(a);
    cells_.b.push_back(b);
  }
  // Only where a side has any.
  void add_special(const std::string& label, double a, double b)
  {
    if (a + b > 0) {
      add(label, a, b);
    }
  }

 private:
  model::DriftCells& cells_;
};

void add_values(const ValueSample& values, CellList& cells)
{
  double new_rows = 0;
  for (const ValuePair& value : values.frequent) {
    if (value.a > 0) {
      cells.add(value.value, value.a, value.b);
    }
    new_rows += value.a > 0 ? 0 : value.b;
  }
  cells.add_special("(new)", 0, new_rows);
  cells.add_special("(other)", values.rest_a, values.rest_b);
}

void add_bins(const BinSample& bins, const std::string& type, CellList& cells)
{
  for (std::size_t i = 0; i < bins.a.size(); ++i) {
    const std::string label = bins.edges.empty()      ? "any"
                              : i < bins.edges.size() ? "<= " + edge_label(bins.edges[i], type)
                                                      : "> " + edge_label(bins.edges.back(), type);
    cells.add(label, bins.a[i], bins.b[i]);
  }
}

// As many of the rows that were looked at as of all.
double scaled(std::uint64_t count, const model::TableProfile& table)
{
  return table.rows > 0 ? static_cast<double>(count) * static_cast<double>(table.sampled) /
                              static_cast<double>(table.rows)
                        : 0;
}

model::MissingChange missing_change(const ColumnPair& pair)
{
  const auto gone = [](const model::ColumnProfile& column) {
    return static_cast<double>(column.missing + column.nan);
  };
  const auto n = static_cast<double>(pair.table_a.rows);
  const auto m = static_cast<double>(pair.table_b.rows);
  return {n > 0 ? gone(pair.a) / n : 0, m > 0 ? gone(pair.b) / m : 0,
          two_proportion_test(gone(pair.a), n, gone(pair.b), m)};
}

template <typename Number>
std::optional<long double> finite_number(const std::string& text)
{
  Number number = 0;
  const char* end = text.data() + text.size();
  const bool is_finite =
      std::from_chars(text.data(), end, number).ptr == end && std::isfinite(number);
  return is_finite ? std::optional<long double>(number) : std::nullopt;
}

using ListedNumbers = std::map<long double, std::pair<double, double>>;

// Of numbers of which every value is listed, how often each is on both sides. A long double tells
// all whole numbers of 64 bits apart; what has an exponent was a double.
ListedNumbers listed_numbers(const ColumnPair& pair)
{
  ListedNumbers numbers;
  const auto add = [&](const model::ColumnProfile& column, auto member) {
    for (const model::ValueCount& item : column.top) {
      const bool was_double = item.value.find('e') != std::string::npos;
      const auto number =
          was_double ? finite_number<double>(item.value) : finite_number<long double>(item.value);
      if (number) {
        numbers[*number].*member += static_cast<double>(item.count);
      }
    }
  };
  add(pair.a, &std::pair<double, double>::first);
  add(pair.b, &std::pair<double, double>::second);
  return numbers;
}

void measure_shift(const ColumnPair& pair, std::optional<double> shift, model::ColumnDrift& drift)
{
  const auto& deviation = pair.a.numbers ? pair.a.numbers->deviation : std::nullopt;
  if (shift && deviation && *deviation > 0) {
    drift.wasserstein = *shift / *deviation;
  } else if (shift && *shift == 0) {
    drift.wasserstein = 0;  // the same constant, whatever its deviation
  }
}

// The largest distance between the two distributions, and the area.
void measure_few_numbers(const ColumnPair& pair, model::ColumnDrift& drift)
{
  const auto numbers = listed_numbers(pair);
  double n = 0;
  double m = 0;
  for (const auto& [number, counts] : numbers) {
    n += counts.first;
    m += counts.second;
  }
  if (n <= 0 || m <= 0) {
    return;
  }
  double below = 0;  // the share of a less that of b, up to the number before
  long double last = numbers.begin()->first;
  double distance = 0;
  double area = 0;
  for (const auto& [number, counts] : numbers) {
    area += std::fabs(below) * static_cast<double>(number - last);
    below += counts.first / n - counts.second / m;
    distance = std::max(distance, std::fabs(below));
    last = number;
  }
  drift.ks = distance;
  measure_shift(pair, std::isfinite(area) ? std::optional(area) : std::nullopt, drift);
}

void measure_values(const ColumnPair& pair, const ValueSample& values, model::ColumnDrift& drift)
{
  CellList cells(drift.cells);
  add_values(values, cells);
  drift.test = chi_square_test(drift.cells.a, drift.cells.b);
  double n = 0;
  double m = 0;
  for (std::size_t i = 0; i < drift.cells.a.size(); ++i) {
    n += drift.cells.a[i];
    m += drift.cells.b[i];
  }
  drift.values_known = values.known;
  drift.new_share = m > 0 ? values.new_rows / m : 0;
  drift.new_expected = n > 0 ? values.single_rows / n : 0;
  if (values.known && n > 0 && m > 0) {
    drift.new_test = new_values_test({n, m, values.single_rows, values.pairs, values.new_rows});
  }
  drift.new_values = values.new_values;
  drift.vanished_values = values.vanished_values;
  if (drift.kind == model::ColumnClass::numeric) {
    measure_few_numbers(pair, drift);
    drift.picture = draw_few_numbers(pair, values, k_picture_cells);
  } else {
    drift.picture = draw_values(values, k_picture_values);
  }
}

void measure_bins(const ColumnPair& pair, const BinSample& bins, model::ColumnDrift& drift)
{
  CellList cells(drift.cells);
  add_bins(bins, pair.a.type, cells);
  drift.cells.edges = bins.edges;
  double n = 0;
  double m = 0;
  for (std::size_t i = 0; i < bins.a.size(); ++i) {
    n += bins.a[i];
    m += bins.b[i];
  }
  drift.ks = bins.distance;
  if (bins.distance) {
    // Where it is not exact, what is certain of the distance has to be significant.
    drift.test = kolmogorov_smirnov_test(std::max(0.0, *bins.distance - bins.distance_error), n, m);
    if (drift.test) {
      drift.test->statistic = *bins.distance;
      drift.test->error = bins.distance_error;
    }
  }
  measure_shift(pair, bins.shift, drift);
  drift.picture = draw_numbers(pair.a, pair.b, k_picture_cells);
}

}  // namespace

model::ColumnDrift measure_column(const ColumnPair& pair, const ColumnSample& sample)
{
  model::ColumnDrift drift;
  drift.column = pair.a.name;
  const auto kind = common_class(pair.a, pair.b);
  drift.kind = kind.value_or(pair.a.kind);
  drift.rows_a = pair.table_a.sampled;
  drift.rows_b = pair.table_b.sampled;
  drift.missing = missing_change(pair);
  drift.cells.exact = sample.exact;
  if (!kind) {
    drift.other_kind = pair.b.kind;
    return drift;
  }
  if (sample.values) {
    measure_values(pair, *sample.values, drift);
  }
  CellList cells(drift.cells);
  if (sample.bins) {
    measure_bins(pair, *sample.bins, drift);
    cells.add_special("(infinite)", scaled(pair.a.infinite, pair.table_a),
                      scaled(pair.b.infinite, pair.table_b));
  }
  cells.add_special("(NaN)", scaled(pair.a.nan, pair.table_a), scaled(pair.b.nan, pair.table_b));
  cells.add_special("(missing)", scaled(pair.a.missing, pair.table_a),
                    scaled(pair.b.missing, pair.table_b));
  if (const auto stability = population_stability(drift.cells.a, drift.cells.b)) {
    drift.psi = stability->index;
    drift.psi_critical = stability->critical;
  }
  drift.js = jensen_shannon_distance(drift.cells.a, drift.cells.b);
  return drift;
}

}  // namespace mlrepro::plan
