// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mlrepro/model/drift.hpp"

// What changed between two versions of a table, from what was counted of both (docs/tables.md).
namespace mlrepro::plan {

// Up to so many values a numeric column is compared value by value.
inline constexpr std::uint64_t k_few_values = 20;
// So many values of a column have a cell of their own; the rest is one.
inline constexpr std::size_t k_value_cells = 100;
// So many new and vanished values are named.
inline constexpr std::size_t k_named_values = 10;

// The class by which a column is compared: that of both sides, or of the one that has a value (a
// column of CSV without any is text); absent where they differ.
std::optional<model::ColumnClass> common_class(const model::ColumnProfile& a,
                                               const model::ColumnProfile& b);

// Whether the values of a column are its categories; otherwise they are binned by the edges of a.
bool is_by_value(const model::ColumnProfile& a, const model::ColumnProfile& b);

// How often a value is on both sides so that each can be expected to have it at least five times,
// of n and m values.
double least_total(double n, double m);

struct ValuePair {
  std::string value;
  double a = 0;
  double b = 0;
};

// Where the values are the categories. Counts are of the rows that were looked at.
struct ValueSample {
  std::vector<ValuePair> frequent;  // in all at least least_total; the most frequent first
  double rest_a = 0;
  double rest_b = 0;
  double new_rows = 0;     // of b, with a value that a does not have, frequent or not
  double single_rows = 0;  // of a, with a value that no other row of a has
  double pairs = 0;        // values that two rows of a have
  std::vector<model::ValueCount> new_values;
  std::vector<model::ValueCount> vanished_values;
  bool known = true;  // false: new and vanished values can't be told
};

// Where they are numbers or times. One count more than edges.
struct BinSample {
  std::vector<double> edges;
  std::vector<double> a;
  std::vector<double> b;
  std::optional<double> distance;  // of Kolmogorov and Smirnov
  double distance_error = 0;
  std::optional<double> shift;  // Wasserstein-1, in the column's unit
};

struct ColumnSample {
  std::optional<ValueSample> values;
  std::optional<BinSample> bins;
  bool exact = true;  // false: read off the profiles
};

// The same column of two tables.
struct ColumnPair {
  const model::ColumnProfile& a;
  const model::ColumnProfile& b;
  const model::TableProfile& table_a;
  const model::TableProfile& table_b;
};

// What two profiles alone tell, exactly where they list every value; nothing of two classes.
ColumnSample sample_profiles(const ColumnPair& pair);

// Everything but what judge_drift decides.
model::ColumnDrift measure_column(const ColumnPair& pair, const ColumnSample& sample);

// Of two tables. Columns that are on both sides in another order are moved, as few as possible.
std::vector<model::SchemaChange> compare_schemas(const model::TableProfile& a,
                                                 const model::TableProfile& b);

// The columns of the same name, in a's order.
std::vector<ColumnPair> common_columns(const model::TableProfile& a, const model::TableProfile& b);

// Adjusts the probabilities over all columns, decides what is drift, puts the worst first, and
// lists what could not be compared. Of the rules that match, the last one that says something wins.
// Where none has a limit for the table, psi >= 0.1, a change of missing values by 0.05 and a share
// of new values of 0.1 count.
void judge_drift(const std::vector<model::DriftRule>& rules, model::TableDrift& drift);

// Shares of both sides for the eye: of numbers in `cells` equal parts of the middle 98 %.
model::DriftPicture draw_numbers(const model::ColumnProfile& a, const model::ColumnProfile& b,
                                 std::size_t cells);
model::DriftPicture draw_values(const ValueSample& sample, std::size_t cells);
// Of numbers that are compared by value: whole ones as above, others by value in their order.
model::DriftPicture draw_few_numbers(const ColumnPair& pair, ValueSample sample, std::size_t cells);
// Of one column, in `a`: the same of its numbers, else the most frequent values and all others
// together; a few numbers by value. Nothing where no value of text occurs twice.
model::DriftPicture draw_column(const model::ColumnProfile& column,
                                const model::TableProfile& table, std::size_t cells);

// The share of numbers that are not above x, by percentiles and the values between them.
double share_up_to(const std::vector<double>& percentiles, double x);

}  // namespace mlrepro::plan
