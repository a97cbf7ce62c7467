// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/drift_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "mlrepro/plan/drift.hpp"
#include "mlrepro/plan/special_functions.hpp"

namespace mlrepro::plan {
namespace {

constexpr double k_significance = 0.05;

double sum_of(Counts counts)
{
  return std::accumulate(counts.begin(), counts.end(), 0.0);
}

// Of p against m, which is at least p / 2 everywhere.
double divergence_part(double p, double m)
{
  return p > 0 ? p * std::log2(p / m) : 0;
}

struct Cell {
  double a = 0;
  double b = 0;

  [[nodiscard]] double total() const { return a + b; }
};

// The smallest cells are joined until each side can be expected to have enough in every one.
std::vector<Cell> pooled(Counts a, Counts b, double least)
{
  std::vector<Cell> cells;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] + b[i] > 0) {
      cells.push_back({a[i], b[i]});
    }
  }
  std::stable_sort(cells.begin(), cells.end(),
                   [](const Cell& x, const Cell& y) { return x.total() > y.total(); });
  Cell rest;
  while (!cells.empty() &&
         (cells.back().total() < least || (rest.total() > 0 && rest.total() < least))) {
    rest.a += cells.back().a;
    rest.b += cells.back().b;
    cells.pop_back();
  }
  if (rest.total() > 0) {
    cells.push_back(rest);
  }
  return cells;
}

}  // namespace

std::optional<Stability> population_stability(Counts a, Counts b)
{
  const double n = sum_of(a);
  const double m = sum_of(b);
  if (n <= 0 || m <= 0) {
    return std::nullopt;
  }
  Stability result;
  for (std::size_t i = 0; i < a.size(); ++i) {
    result.cells += a[i] + b[i] > 0 ? 1 : 0;
  }
  const double half_cells = static_cast<double>(result.cells) / 2;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i] + b[i] > 0) {
      const double p = (a[i] + 0.5) / (n + half_cells);
      const double q = (b[i] + 0.5) / (m + half_cells);
      result.index += (p - q) * std::log(p / q);
    }
  }
  if (result.cells > 1) {
    result.critical = (1 / n + 1 / m) *
                      chi_square_critical(k_significance, static_cast<double>(result.cells - 1));
  }
  return result;
}

std::optional<double> jensen_shannon_distance(Counts a, Counts b)
{
  const double n = sum_of(a);
  const double m = sum_of(b);
  if (n <= 0 || m <= 0) {
    return std::nullopt;
  }
  double divergence = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double p = a[i] / n;
    const double q = b[i] / m;
    const double middle = (p + q) / 2;
    divergence += (divergence_part(p, middle) + divergence_part(q, middle)) / 2;
  }
  return std::sqrt(std::clamp(divergence, 0.0, 1.0));
}

std::optional<model::TestResult> chi_square_test(Counts a, Counts b)
{
  const double n = sum_of(a);
  const double m = sum_of(b);
  if (n <= 0 || m <= 0) {
    return std::nullopt;
  }
  const auto cells = pooled(a, b, least_total(n, m));
  if (cells.size() < 2) {
    return std::nullopt;
  }
  model::TestResult result;
  result.name = "chi-square";
  result.degrees = static_cast<double>(cells.size() - 1);
  for (const Cell& cell : cells) {
    const double expected_a = cell.total() * n / (n + m);
    const double expected_b = cell.total() * m / (n + m);
    result.statistic += (cell.a - expected_a) * (cell.a - expected_a) / expected_a +
                        (cell.b - expected_b) * (cell.b - expected_b) / expected_b;
  }
  result.p = chi_square_survival(result.statistic, result.degrees);
  return result;
}

std::optional<model::TestResult> kolmogorov_smirnov_test(double distance, double n, double m)
{
  if (n <= 0 || m <= 0) {
    return std::nullopt;
  }
  model::TestResult result;
  result.name = "ks";
  result.statistic = distance;
  const double root = std::sqrt(n * m / (n + m));
  result.p = kolmogorov_survival((root + 0.12 + 0.11 / root) * distance);
  return result;
}

model::TestResult two_proportion_test(double hits_a, double n, double hits_b, double m)
{
  model::TestResult result;
  result.name = "two-proportion";
  const double all = (hits_a + hits_b) / (n + m);
  const double variance = all * (1 - all) * (1 / n + 1 / m);
  // Also where a side is empty, or all or none are hits: then nothing differs.
  if (n > 0 && m > 0 && variance > 0) {
    result.statistic = (hits_b / m - hits_a / n) / std::sqrt(variance);
    result.p = std::min(1.0, 2 * normal_survival(std::fabs(result.statistic)));
  }
  return result;
}

model::TestResult new_values_test(const NewValues& counts)
{
  model::TestResult result;
  result.name = "good-turing";
  const auto& [n, m, singles, pairs, fresh] = counts;
  if (n <= 0 || m <= 0) {
    return result;
  }
  // Where no value is there once, one more may have been.
  const double expected = std::min(1.0, std::max(singles, 1.0) / n);
  const double variance =
      (singles * (1 - singles / n) + 2 * pairs) / (n * n) + expected * (1 - expected) / m;
  if (variance > 0) {
    // Less half a value: a share of m has steps.
    result.statistic = ((fresh - 0.5) / m - expected) / std::sqrt(variance);
    // A few values have no normal distribution: where each new or single one is as likely to be in
    // any row of both, so many of them are in b with the other probability.
    result.p = std::max(normal_survival(result.statistic),
                        hypergeometric_survival(fresh, singles + fresh, n, m));
  }
  return result;
}

std::vector<double> false_discovery_adjusted(std::span<const double> probabilities)
{
  std::vector<std::size_t> order(probabilities.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t x, std::size_t y) {
    return probabilities[x] > probabilities[y];
  });
  std::vector<double> adjusted(probabilities.size());
  double least = 1;
  double rank = static_cast<double>(probabilities.size());
  for (const std::size_t index : order) {
    least =
        std::min(least, probabilities[index] * static_cast<double>(probabilities.size()) / rank);
    adjusted[index] = least;
    rank -= 1;
  }
  return adjusted;
}

}  // namespace mlrepro::plan
