// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

#include "mlrepro/model/drift.hpp"

// Measures of how far two samples are apart, and whether that may be chance (docs/tables.md,
// "Drift"). Counts are of the same cells on both sides, and may be fractions.
namespace mlrepro::plan {

using Counts = std::span<const double>;

// The population stability index, sum of (p - q) ln(p / q), with p = (count + 1/2) / (n + B/2) over
// the B cells in which either side has something. `critical` is what 5 % of pairs of samples of
// one distribution exceed: (1/n + 1/m) times the 95 % quantile of chi-square with B - 1 degrees.
struct Stability {
  double index = 0;
  double critical = 0;
  std::size_t cells = 0;
};
// Absent where a side is empty.
std::optional<Stability> population_stability(Counts a, Counts b);

// The distance of Jensen and Shannon, the square root of their divergence to base 2: from 0, the
// same, to 1, nothing in common. Absent where a side is empty.
std::optional<double> jensen_shannon_distance(Counts a, Counts b);

// Whether two samples are of one distribution over categories. Cells in which a side would be
// expected to have fewer than 5 are taken together. Absent where fewer than two cells are left.
std::optional<model::TestResult> chi_square_test(Counts a, Counts b);

// From the distance d of Kolmogorov and Smirnov of n and m values, with Stephens' correction.
// Absent where a side is empty.
std::optional<model::TestResult> kolmogorov_smirnov_test(double distance, double n, double m);

// Whether two shares, `hits_a` of n and `hits_b` of m, are the same (pooled, two-sided).
model::TestResult two_proportion_test(double hits_a, double n, double hits_b, double m);

// What is counted of n and m values to tell whether more of the m are new than by chance.
struct NewValues {
  double n = 0;
  double m = 0;
  double singles = 0;  // of the values of n, those that are there once, and twice
  double pairs = 0;
  double fresh = 0;  // of the m, those with a value that none of the n has
};
// Against the share that Good and Turing expect, singles / n, with its error (Esty 1983), but no
// more significant than by Fisher's exact test of singles among n and fresh among m; one-sided.
model::TestResult new_values_test(const NewValues& counts);

// Probabilities adjusted so that calling those of at most q significant has a false discovery rate
// of q (Benjamini and Hochberg 1995).
std::vector<double> false_discovery_adjusted(std::span<const double> probabilities);

}  // namespace mlrepro::plan
