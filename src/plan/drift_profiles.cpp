// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>

#include "mlrepro/plan/drift.hpp"

namespace mlrepro::plan {
namespace {

using model::ColumnProfile;

constexpr double k_least_expected = 5;

// Values of numeric columns are the same when their numbers are, whatever the types: 1 and 1.0.
// Digit by digit, since whole numbers beyond 2^53 may share a double.
std::string value_key(const std::string& value, model::ColumnClass kind)
{
  constexpr std::size_t k_longest = 400;  // of a double without an exponent
  if (kind != model::ColumnClass::numeric) {
    return value;
  }
  std::string text = value;
  double number = 0;
  const char* end = value.data() + value.size();
  if (value.find('e') != std::string::npos &&
      std::from_chars(value.data(), end, number).ptr == end) {
    text.resize(k_longest);
    const auto done =
        std::to_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    text.resize(static_cast<std::size_t>(done.ptr - text.data()));
  }
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    text.erase(text.find_last_not_of('.') + 1);
  }
  return text == "-0" ? "0" : text;
}

struct Listed {
  std::string value;
  std::optional<double> a;
  std::optional<double> b;
};

std::vector<Listed> listed_values(const ColumnPair& pair)
{
  std::vector<Listed> values;
  std::map<std::string, std::size_t> places;
  const auto add = [&](const ColumnProfile& column, auto member) {
    for (const model::ValueCount& item : column.top) {
      const auto [at, is_first] = places.emplace(value_key(item.value, column.kind), values.size());
      if (is_first) {
        values.push_back({item.value, {}, {}});
      }
      auto& count = values[at->second].*member;
      count = count.value_or(0) + static_cast<double>(item.count);
    }
  };
  add(pair.a, &Listed::a);
  add(pair.b, &Listed::b);
  for (Listed& value : values) {
    value.a = value.a || !pair.a.top_is_all ? value.a : 0;
    value.b = value.b || !pair.b.top_is_all ? value.b : 0;
  }
  return values;
}

// Of the rows that were looked at, those with a value.
double present(const ColumnProfile& column, const model::TableProfile& table)
{
  const auto rows = static_cast<double>(table.rows);
  const auto there = rows - static_cast<double>(column.missing + column.nan);
  return rows > 0 ? there * static_cast<double>(table.sampled) / rows : 0;
}

void name_values(const std::vector<Listed>& values, ValueSample& sample)
{
  for (const Listed& value : values) {
    if (value.a && *value.a == 0 && value.b && *value.b > 0) {
      sample.new_rows += *value.b;
      sample.new_values.push_back({value.value, static_cast<std::uint64_t>(*value.b)});
    }
    if (value.b && *value.b == 0 && value.a && *value.a > 0) {
      sample.vanished_values.push_back({value.value, static_cast<std::uint64_t>(*value.a)});
    }
    sample.single_rows += value.a && *value.a == 1 ? 1 : 0;
    sample.pairs += value.a && *value.a == 2 ? 1 : 0;
  }
  for (auto* list : {&sample.new_values, &sample.vanished_values}) {
    std::stable_sort(list->begin(), list->end(),
                     [](const auto& x, const auto& y) { return x.count > y.count; });
    list->resize(std::min(list->size(), k_named_values));
  }
}

ValueSample sample_values(const ColumnPair& pair)
{
  ValueSample sample;
  sample.known = pair.a.top_is_all && pair.b.top_is_all;
  sample.rest_a = present(pair.a, pair.table_a);
  sample.rest_b = present(pair.b, pair.table_b);
  const double least = least_total(sample.rest_a, sample.rest_b);
  const auto values = listed_values(pair);
  name_values(values, sample);
  for (const Listed& value : values) {
    if (value.a && value.b && *value.a + *value.b >= least) {
      sample.frequent.push_back({value.value, *value.a, *value.b});
    }
  }
  std::stable_sort(sample.frequent.begin(), sample.frequent.end(),
                   [](const auto& x, const auto& y) { return x.a + x.b > y.a + y.b; });
  sample.frequent.resize(std::min(sample.frequent.size(), k_value_cells));
  for (const ValuePair& value : sample.frequent) {
    sample.rest_a = std::max(0.0, sample.rest_a - value.a);
    sample.rest_b = std::max(0.0, sample.rest_b - value.b);
  }
  return sample;
}

double total(const std::vector<std::uint64_t>& counts)
{
  double sum = 0;
  for (const std::uint64_t count : counts) {
    sum += static_cast<double>(count);
  }
  return sum;
}

// The area between two quantile functions, which is the one between the distributions.
double area_between(const std::vector<double>& a, const std::vector<double>& b)
{
  double area = 0;
  for (std::size_t i = 1; i < a.size() && i < b.size(); ++i) {
    area += (std::fabs(a[i - 1] - b[i - 1]) + std::fabs(a[i] - b[i])) / 2;
  }
  return a.size() > 1 ? area / static_cast<double>(a.size() - 1) : 0;
}

BinSample sample_bins(const ColumnPair& pair)
{
  BinSample sample;
  sample.edges = pair.a.histogram.edges;
  const double numbers = total(pair.b.histogram.counts);
  double below = 0;
  for (const std::uint64_t count : pair.a.histogram.counts) {
    sample.a.push_back(static_cast<double>(count));
  }
  for (const double edge : sample.edges) {
    const double share = share_up_to(pair.b.percentiles, edge);
    sample.b.push_back((share - below) * numbers);
    below = share;
  }
  sample.b.push_back((1 - below) * numbers);
  if (pair.a.percentiles.empty() || pair.b.percentiles.empty()) {
    sample.a.resize(sample.b.size());
    return sample;
  }
  double distance = 0;
  for (const auto* points : {&pair.a.percentiles, &pair.b.percentiles}) {
    for (const double x : *points) {
      distance = std::max(distance, std::fabs(share_up_to(pair.a.percentiles, x) -
                                              share_up_to(pair.b.percentiles, x)));
    }
  }
  const double step = 1 / static_cast<double>(pair.a.percentiles.size() - 1);
  sample.distance = distance;
  sample.distance_error = 2 * step + pair.table_a.rank_error + pair.table_b.rank_error;
  sample.shift = area_between(pair.a.percentiles, pair.b.percentiles);
  return sample;
}

}  // namespace

double share_up_to(const std::vector<double>& percentiles, double x)
{
  if (percentiles.empty() || x < percentiles.front()) {
    return 0;
  }
  const auto above = std::upper_bound(percentiles.begin(), percentiles.end(), x);
  if (above == percentiles.end()) {
    return 1;
  }
  const double low = *(above - 1);
  const auto place = static_cast<double>(above - percentiles.begin() - 1);
  // Halves: the distance of two numbers may be more than a double holds.
  const double part = (x / 2 - low / 2) / (*above / 2 - low / 2);
  return (place + part) / static_cast<double>(percentiles.size() - 1);
}

std::optional<model::ColumnClass> common_class(const ColumnProfile& a, const ColumnProfile& b)
{
  const auto has_value = [](const ColumnProfile& column) {
    return column.distinct.high > 0 || column.nan > 0;
  };
  if (a.kind == b.kind || !has_value(b)) {
    return a.kind;
  }
  return has_value(a) ? std::nullopt : std::optional(b.kind);
}

bool is_by_value(const ColumnProfile& a, const ColumnProfile& b)
{
  const auto kind = common_class(a, b);
  if (kind == model::ColumnClass::text || kind == model::ColumnClass::boolean) {
    return true;
  }
  const auto has_few = [](const ColumnProfile& column) {
    return column.top_is_all && column.distinct.high <= k_few_values;
  };
  return kind == model::ColumnClass::numeric && has_few(a) && has_few(b);
}

double least_total(double n, double m)
{
  return n > 0 && m > 0 ? k_least_expected * (n + m) / std::min(n, m) : 0;
}

ColumnSample sample_profiles(const ColumnPair& pair)
{
  ColumnSample sample;
  if (!common_class(pair.a, pair.b)) {
    return sample;
  }
  if (is_by_value(pair.a, pair.b)) {
    sample.values = sample_values(pair);
    sample.exact = sample.values->known;
  } else {
    sample.bins = sample_bins(pair);
    sample.exact = false;
  }
  return sample;
}

}  // namespace mlrepro::plan
