// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <cmath>

#include "mlrepro/plan/drift.hpp"

namespace mlrepro::plan {
namespace {

using model::ColumnProfile;

// Whole numbers up to here have doubles of their own, and halves between them.
constexpr double k_most_whole = 4503599627370496.0;

// Cells of equal width from `low`, open at both ends. Those of whole numbers have as many of them
// each: otherwise some would have one more than others, which looks like a gap in the data.
struct Cells {
  double low = 0;
  double high = 0;
  std::size_t count = 0;
  bool whole = false;

  [[nodiscard]] double edge(std::size_t i) const
  {
    const double part = static_cast<double>(i) / static_cast<double>(count);
    return whole ? std::round(low + (high - low) * part) : low * (1 - part) + high * part;
  }
};

template <typename Value>
double listed_number(const Value& item)
{
  double number = 0;
  std::from_chars(item.value.data(), item.value.data() + item.value.size(), number);
  return number;
}

bool has_whole_numbers(const ColumnProfile& column)
{
  return column.kind == model::ColumnClass::numeric &&
         (column.type.ends_with("INT") || column.type == "INTEGER");
}

Cells cells_of(const ColumnProfile& a, const ColumnProfile& b, std::size_t count)
{
  Cells cells;
  cells.count = count;
  bool any = false;
  bool whole = true;
  for (const ColumnProfile* side : {&a, &b}) {
    if (!side->percentiles.empty()) {
      const double first = side->percentiles[1];
      const double last = side->percentiles[side->percentiles.size() - 2];
      cells.low = any ? std::min(cells.low, first) : first;
      cells.high = any ? std::max(cells.high, last) : last;
      whole = whole && has_whole_numbers(*side);
      any = true;
    }
  }
  whole = whole && std::max(std::fabs(cells.low), std::fabs(cells.high)) < k_most_whole;
  if (any && whole && cells.low < cells.high) {
    const double numbers = std::ceil(cells.high) - std::floor(cells.low) + 1;
    // Rather half as many again than one number in some cells and two in others.
    const double width = numbers <= static_cast<double>(count + count / 2)
                             ? 1
                             : std::ceil(numbers / static_cast<double>(count));
    cells.whole = true;
    cells.count = static_cast<std::size_t>(std::ceil(numbers / width));
    cells.low = std::floor(cells.low);
    cells.high = cells.low + width * static_cast<double>(cells.count);
  }
  return cells;
}

// Of all numbers of a column those below x: counted where each value is listed.
double share_below(const ColumnProfile& column, double x)
{
  if (!column.top_is_all) {
    return share_up_to(column.percentiles, x - 0.5);
  }
  double all = 0;
  double below = 0;
  for (const model::ValueCount& item : column.top) {
    all += static_cast<double>(item.count);
    below += listed_number(item) < x ? static_cast<double>(item.count) : 0;
  }
  return all > 0 ? below / all : 0;
}

std::vector<double> shares_of(const ColumnProfile& column, const Cells& cells)
{
  std::vector<double> parts;
  double below = 0;
  for (std::size_t i = 1; i <= cells.count && !column.percentiles.empty(); ++i) {
    const double share = i == cells.count ? 1
                         : cells.whole    ? share_below(column, cells.edge(i))
                                          : share_up_to(column.percentiles, cells.edge(i));
    parts.push_back(share - below);
    below = share;
  }
  return parts;
}

}  // namespace

model::DriftPicture draw_numbers(const ColumnProfile& a, const ColumnProfile& b, std::size_t cells)
{
  model::DriftPicture picture;
  if (a.percentiles.empty() && b.percentiles.empty()) {
    return picture;
  }
  const Cells parts = cells_of(a, b, cells);
  picture.low = parts.low;
  picture.high = parts.high;
  picture.a = shares_of(a, parts);
  picture.b = shares_of(b, parts);
  return picture;
}

model::DriftPicture draw_values(const ValueSample& sample, std::size_t cells)
{
  model::DriftPicture picture;
  double n = sample.rest_a;
  double m = sample.rest_b;
  for (const ValuePair& value : sample.frequent) {
    n += value.a;
    m += value.b;
  }
  double rest_a = n;
  double rest_b = m;
  const auto add = [&](const std::string& label, double in_a, double in_b) {
    picture.labels.push_back(label);
    picture.a.push_back(n > 0 ? in_a / n : 0);
    picture.b.push_back(m > 0 ? in_b / m : 0);
  };
  for (std::size_t i = 0; i < std::min(cells, sample.frequent.size()); ++i) {
    const ValuePair& value = sample.frequent[i];
    add(value.value, value.a, value.b);
    rest_a -= value.a;
    rest_b -= value.b;
  }
  if (rest_a + rest_b > 0.5) {
    add("(other)", std::max(0.0, rest_a), std::max(0.0, rest_b));
  }
  return picture;
}

model::DriftPicture draw_few_numbers(const ColumnPair& pair, ValueSample sample, std::size_t cells)
{
  const auto is_whole = [](const ColumnProfile& column) {
    return column.top.empty() || has_whole_numbers(column);
  };
  if (is_whole(pair.a) && is_whole(pair.b)) {
    model::DriftPicture numbers = draw_numbers(pair.a, pair.b, cells);
    if (numbers.low < numbers.high) {
      return numbers;
    }
  }
  for (; sample.frequent.size() > cells; sample.frequent.pop_back()) {
    sample.rest_a += sample.frequent.back().a;
    sample.rest_b += sample.frequent.back().b;
  }
  std::stable_sort(
      sample.frequent.begin(), sample.frequent.end(),
      [](const auto& x, const auto& y) { return listed_number(x) < listed_number(y); });
  return draw_values(sample, cells);
}

model::DriftPicture draw_column(const ColumnProfile& column, const model::TableProfile& table,
                                std::size_t cells)
{
  const bool few_numbers =
      column.kind == model::ColumnClass::numeric && column.top_is_all && column.top.size() <= cells;
  if (!few_numbers) {
    model::DriftPicture numbers = draw_numbers(column, {}, cells);
    if (numbers.low < numbers.high) {
      return numbers;
    }
  }
  ValueSample sample;
  double listed = 0;
  for (const model::ValueCount& item : column.top) {
    listed += static_cast<double>(item.count);
    sample.frequent.push_back({item.value, static_cast<double>(item.count), 0});
  }
  if (few_numbers) {
    std::stable_sort(
        sample.frequent.begin(), sample.frequent.end(),
        [](const auto& x, const auto& y) { return listed_number(x) < listed_number(y); });
  }
  if (!column.top_is_all) {
    const double there = static_cast<double>(table.rows - column.missing - column.nan) /
                         std::max(1.0, static_cast<double>(table.rows));
    sample.rest_a = std::max(0.0, static_cast<double>(table.sampled) * there - listed);
  }
  model::DriftPicture picture =
      sample.frequent.empty() ? model::DriftPicture() : draw_values(sample, cells);
  picture.b.clear();
  return picture;
}

}  // namespace mlrepro::plan
