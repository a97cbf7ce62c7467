// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/model/profile.hpp"

namespace mlrepro::model {

// What happened to the columns of a table, by name.
struct SchemaChange {
  enum class Kind : std::uint8_t { added, removed, retyped, moved };

  Kind kind = Kind::added;
  std::string column;
  std::string a;  // its type; of a moved one, its place from 1
  std::string b;
};
std::string_view to_string(SchemaChange::Kind kind);

// A test of significance. `p` is adjusted by Benjamini and Hochberg over all tests of the table's
// columns in `adjusted_p`.
struct TestResult {
  std::string name;  // "ks", "chi-square", "two-proportion", "good-turing"
  double statistic = 0;
  double degrees = 0;  // of freedom; 0 where the test has none
  double p = 1;
  double adjusted_p = 1;
  double error = 0;  // the statistic is off by no more; 0: it was taken from the data
};

// The cells by which both sides were counted.
struct DriftCells {
  std::vector<double> edges;        // of numeric and time, as in Histogram
  std::vector<std::string> labels;  // "<= 3.5", a value, "(new)", "(other)", "(missing)"
  std::vector<double> a;            // counts; fractions where they were read off a profile
  std::vector<double> b;
  bool exact = true;
};

// Two shapes over one axis, for the eye: shares of each side in cells of equal width, or of
// categories.
struct DriftPicture {
  double low = 0;  // where the first cell begins; equal to high for categories
  double high = 0;
  std::vector<std::string> labels;  // of categories
  std::vector<double> a;
  std::vector<double> b;
};

struct MissingChange {
  double a = 0;  // shares of rows
  double b = 0;
  TestResult test;
};

// One effect that is beyond its threshold.
struct Exceeded {
  std::string measure;  // "psi", "js", "ks", "wasserstein", "missing", "new", "schema"
  double value = 0;
  double threshold = 0;
};

struct ColumnDrift {
  std::string column;
  ColumnClass kind = ColumnClass::text;  // a column without any value has that of the other side
  // Of b, where it is another one: then only missing values are compared.
  std::optional<ColumnClass> other_kind;
  std::uint64_t rows_a = 0;  // on how many rows this stands
  std::uint64_t rows_b = 0;
  std::optional<double> psi;           // absent where a side has no rows
  std::optional<double> psi_critical;  // 95 %, of these numbers of rows and cells
  std::optional<double> js;            // distance, base 2: from 0 to 1
  std::optional<double> ks;            // distance, of numbers and times: from 0 to 1
  std::optional<double> wasserstein;   // over the deviation of a
  std::optional<TestResult> test;      // of the values that are there
  MissingChange missing;
  // Of what is compared by value: the share of b's values that a does not have, and how large it
  // would be by chance (the share of a's values that a has once: Good and Turing).
  double new_share = 0;
  double new_expected = 0;
  std::optional<TestResult> new_test;       // whether more are new than by chance
  std::vector<ValueCount> new_values;       // the most frequent ones
  std::vector<ValueCount> vanished_values;  // those of a that b does not have
  bool values_known = true;  // false: there are too many values to tell new ones without the data
  DriftCells cells;
  DriftPicture picture;
  // What says so, the worst first; empty: no drift.
  std::vector<Exceeded> exceeded;
  double severity = 0;  // the largest effect over its threshold, where it is significant

  [[nodiscard]] bool flagged() const { return !exceeded.empty(); }
};

// A column of a for which limits hold that nothing can be said of.
struct UncomparedColumn {
  std::string column;
  std::string reason;  // "numbers in a, text in b"
};

// The same table on both sides of a diff.
struct TableDrift {
  enum class Source : std::uint8_t { data, profiles, none };

  std::string path;
  Digest a;
  Digest b;
  std::uint64_t rows_a = 0;
  std::uint64_t rows_b = 0;
  Source source = Source::none;
  std::string problem;  // why there is no comparison, where source is none
  std::vector<SchemaChange> schema;
  std::vector<ColumnDrift> columns;  // of both sides; the worst first, then in a's order
  std::vector<UncomparedColumn> uncompared;
  double alpha = 0.05;
  bool has_thresholds = false;     // of the user, for this table
  std::vector<Exceeded> exceeded;  // of the table itself: its schema

  [[nodiscard]] bool flagged() const;
};
std::string_view to_string(TableDrift::Source source);

// What counts as drift: an effect of this size or more, in the columns that match, where it is
// significant as well. The last rule that sets a measure wins.
struct DriftRule {
  std::string path = "*";  // of the table; globs
  std::string column = "*";
  std::map<std::string, double> limits;  // by measure: psi, js, ks, wasserstein, missing, new
  std::optional<double> alpha;
  std::optional<bool> ignore;
  std::optional<bool> schema;  // a change of the schema counts too
};

}  // namespace mlrepro::model
