// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/model/digest.hpp"

namespace mlrepro::model {

// What can be said about a column. Text is also whatever the engine has of other kinds (lists,
// structures, bytes), as it writes them; time is dates, times of day and instants.
enum class ColumnClass : std::uint8_t { numeric, text, boolean, time };
std::string_view to_string(ColumnClass kind);

// A number of rows or values, and between which it is for certain or with a probability of 99 %;
// all three are the same where it was counted.
struct CountEstimate {
  std::uint64_t value = 0;
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  [[nodiscard]] bool exact() const { return low == high; }
  bool operator==(const CountEstimate&) const = default;
};

struct ValueCount {
  std::string value;  // as the engine writes it
  std::uint64_t count = 0;

  bool operator==(const ValueCount&) const = default;
};

// Of numbers as they are, of times in seconds since 1970-01-01 00:00 UTC, or since midnight where
// they have no date; of text, the lengths in characters. NaN and the infinities are left out.
struct NumberSummary {
  double min = 0;
  double max = 0;
  std::optional<double> mean;       // absent where it is too large for a double
  std::optional<double> deviation;  // with n - 1; absent for one value, and where it is too large

  bool operator==(const NumberSummary&) const = default;
};

// How many values are in (-inf, edges[0]], (edges[0], edges[1]], …, (edges.back(), +inf). The edges
// are the deciles of the column, each once, and those of the table that is compared with are frozen
// here: a comparison bins both sides by them.
struct Histogram {
  std::vector<double> edges;
  std::vector<std::uint64_t> counts;  // one more than edges; empty where there is no number

  bool operator==(const Histogram&) const = default;
};

struct ColumnProfile {
  std::string name;
  std::string type;  // in the engine's words
  ColumnClass kind = ColumnClass::text;
  std::uint64_t missing = 0;             // NULL
  std::uint64_t nan = 0;                 // neither missing nor a number
  std::uint64_t infinite = 0;            // of either sign
  CountEstimate distinct;                // of the values that are there
  std::optional<NumberSummary> numbers;  // of numeric and time
  std::optional<NumberSummary> lengths;  // of text
  // Of numeric and time: the quantiles 0, 0.01, …, 1, interpolated between neighbours. Of a sample
  // (TableProfile::sampled), each is a value of a rank at most TableProfile::rank_error away.
  std::vector<double> percentiles;
  Histogram histogram;
  // The most frequent values, most frequent first, equal ones in order of their text. Values of
  // more than 200 characters are never listed.
  std::vector<ValueCount> top;
  bool top_is_all = false;  // every value that is there is in `top`
  std::string first;        // of time, as the engine writes them
  std::string last;
  std::vector<std::string> notes;  // "empty", "constant", "key-like", "too large to sum"

  bool operator==(const ColumnProfile&) const = default;
};

// What a table looks like. Equal bytes give an equal profile: nothing in it depends on a clock, a
// path or chance.
struct TableProfile {
  std::string path;    // below the snapshot's root; "" for the root itself
  Digest digest;       // of the file, or of the folder's tree node
  std::string format;  // "csv", "tsv", "jsonl", "parquet"
  std::string engine;  // its version
  std::uint64_t bytes = 0;
  std::uint64_t rows = 0;
  // On how many rows the quantiles, histograms and top values were counted; all of them up to a
  // budget. Everything else is of all rows.
  std::uint64_t sampled = 0;
  double rank_error = 0;  // of a quantile of the sample, with a probability of 99 %
  std::vector<ColumnProfile> columns;

  [[nodiscard]] bool exact() const { return sampled == rows; }
  bool operator==(const TableProfile&) const = default;
};

}  // namespace mlrepro::model
