// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/drift_statistics.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "mlrepro/plan/special_functions.hpp"

namespace mlrepro::plan {
namespace {

void expect_close(double found, double expected)
{
  EXPECT_NEAR(found, expected, std::fabs(expected) * 1e-9) << "instead of " << expected;
}

// From scipy.stats.norm.sf.
TEST(SpecialFunctions, HaveTheTailsOfTheNormalDistribution)
{
  expect_close(normal_survival(0), 0.5);
  expect_close(normal_survival(1.959963984540054), 0.025);
  expect_close(normal_survival(-1), 0.8413447460685429);
  expect_close(normal_survival(6), 9.865876450376946e-10);
  expect_close(normal_survival(30), 4.906713927147908e-198);
}

// From scipy.stats.chi2.sf and chi2.isf.
TEST(SpecialFunctions, HaveTheTailsOfChiSquare)
{
  EXPECT_EQ(chi_square_survival(0, 3), 1);
  EXPECT_EQ(chi_square_survival(-1, 3), 1);
  expect_close(chi_square_survival(3.841458820694124, 1), 0.05);
  expect_close(chi_square_survival(1e-3, 1), 0.9747728793699604);
  expect_close(chi_square_survival(16.918977604620448, 9), 0.05);
  expect_close(chi_square_survival(2, 10), 0.9963401531726563);
  expect_close(chi_square_survival(200, 10), 1.6139305336977317e-37);
  expect_close(chi_square_survival(1100, 1000), 0.014614408126295192);
  expect_close(chi_square_survival(1400, 2), 9.85967654375939e-305);
  expect_close(chi_square_critical(0.05, 1), 3.841458820694124);
  expect_close(chi_square_critical(0.05, 9), 16.918977604620448);
  expect_close(chi_square_critical(0.05, 101), 125.45841940848238);
  expect_close(chi_square_critical(0.001, 5), 20.515005652432876);
}

// From scipy.stats.kstwobign.sf; both series meet at 1.
TEST(SpecialFunctions, HaveTheTailsOfKolmogorov)
{
  EXPECT_EQ(kolmogorov_survival(0), 1);
  EXPECT_NEAR(kolmogorov_survival(0.2), 1, 1e-12);
  expect_close(kolmogorov_survival(0.5), 0.9639452436648751);
  expect_close(kolmogorov_survival(0.9999), 0.2701068819688554);
  expect_close(kolmogorov_survival(1), 0.26999967167735456);
  expect_close(kolmogorov_survival(1.3580986393225507), 0.05);
  expect_close(kolmogorov_survival(3), 3.045995948942526e-08);
}

constexpr std::array k_a = {10.0, 20.0, 30.0, 40.0};
constexpr std::array k_b = {20.0, 20.0, 30.0, 10.0};

TEST(DriftStatistics, HaveThePopulationStabilityIndex)
{
  const auto stability = population_stability(k_a, k_b);
  ASSERT_TRUE(stability);
  double expected = 0;
  for (std::size_t i = 0; i < k_a.size(); ++i) {
    const double p = (k_a[i] + 0.5) / 102;
    const double q = (k_b[i] + 0.5) / 82;
    expected += (p - q) * std::log(p / q);
  }
  EXPECT_DOUBLE_EQ(stability->index, expected);
  EXPECT_EQ(stability->cells, 4U);
  expect_close(stability->critical, (1.0 / 100 + 1.0 / 80) * 7.814727903251179);
}

// (1/n + 1/m) times the 95 % quantile of chi-square with nine degrees: 10 cells, so many rows a
// side.
TEST(DriftStatistics, SayHowLargeStabilityIsByChance)
{
  for (const auto& [rows, critical] :
       {std::pair{100.0, 0.339}, {200.0, 0.169}, {1000.0, 0.034}, {10000.0, 0.0034}}) {
    const std::vector<double> counts(10, rows / 10);
    EXPECT_NEAR(population_stability(counts, counts)->critical, critical, 0.0006 * critical + 5e-4);
  }
}

TEST(DriftStatistics, CountNoCellThatBothLeaveEmpty)
{
  const std::vector<double> a = {50, 50, 0};
  const std::vector<double> b = {25, 75, 0};
  const auto stability = population_stability(a, b);
  EXPECT_EQ(stability->cells, 2U);
  EXPECT_DOUBLE_EQ(stability->index,
                   population_stability(std::vector{50.0, 50.0}, std::vector{25.0, 75.0})->index);
}

TEST(DriftStatistics, AreFiniteWhereACellIsNew)
{
  const std::vector<double> a = {100, 0};
  const std::vector<double> b = {60, 40};
  EXPECT_NEAR(population_stability(a, b)->index,
              (100.5 / 101 - 60.5 / 101) * std::log(100.5 / 60.5) +
                  (0.5 / 101 - 40.5 / 101) * std::log(0.5 / 40.5),
              1e-12);
  EXPECT_TRUE(std::isfinite(*jensen_shannon_distance(a, b)));
}

TEST(DriftStatistics, SayNothingOfAnEmptySide)
{
  const std::vector<double> none = {0, 0};
  const std::vector<double> some = {1, 2};
  EXPECT_FALSE(population_stability(none, some));
  EXPECT_FALSE(jensen_shannon_distance(some, none));
  EXPECT_FALSE(chi_square_test(none, some));
  EXPECT_FALSE(kolmogorov_smirnov_test(0.5, 0, 10));
}

// From scipy.spatial.distance.jensenshannon(a, b, base=2).
TEST(DriftStatistics, HaveTheDistanceOfJensenAndShannon)
{
  expect_close(*jensen_shannon_distance(k_a, k_b), 0.2891553203606587);
  EXPECT_EQ(*jensen_shannon_distance(k_a, k_a), 0);
  EXPECT_DOUBLE_EQ(*jensen_shannon_distance(std::vector{1.0, 0.0}, std::vector{0.0, 1.0}), 1);
}

// From scipy.stats.chi2_contingency([a, b], correction=False).
TEST(DriftStatistics, HaveTheChiSquareTestOfHomogeneity)
{
  const auto test = chi_square_test(k_a, k_b);
  ASSERT_TRUE(test);
  expect_close(test->statistic, 19.35);
  EXPECT_EQ(test->degrees, 3);
  expect_close(test->p, 0.0002314189099508737);
}

TEST(DriftStatistics, TakeRareCellsTogether)
{
  // The last three are expected less than five times on either side.
  const std::vector<double> a = {50, 44, 3, 2, 1};
  const std::vector<double> b = {48, 46, 1, 2, 3};
  const auto test = chi_square_test(a, b);
  EXPECT_EQ(test->degrees, 2);
  EXPECT_NEAR(test->statistic, 0.04081632653 + 0.04444444444 + 0, 1e-9);
  EXPECT_FALSE(chi_square_test(std::vector{100.0, 1.0}, std::vector{3.0, 1.0}));
}

// From scipy.stats.kstwobign.sf((sqrt(ne) + 0.12 + 0.11 / sqrt(ne)) * d).
TEST(DriftStatistics, HaveTheTestOfKolmogorovAndSmirnov)
{
  const auto test = kolmogorov_smirnov_test(0.25, 100, 80);
  expect_close(test->p, 0.006144257118855898);
  EXPECT_EQ(test->statistic, 0.25);
  EXPECT_EQ(kolmogorov_smirnov_test(0, 100, 80)->p, 1);
}

// Its square is chi2_contingency without correction of the table of four.
TEST(DriftStatistics, CompareTwoShares)
{
  const auto test = two_proportion_test(0, 100, 40, 100);
  expect_close(test.statistic, std::sqrt(50));
  expect_close(test.p, 1.5374597944280182e-12);
  EXPECT_EQ(two_proportion_test(0, 100, 0, 50).p, 1);
  EXPECT_EQ(two_proportion_test(100, 100, 50, 50).p, 1);
  EXPECT_EQ(two_proportion_test(0, 0, 5, 10).p, 1);
}

// From scipy.stats.false_discovery_control.
TEST(DriftStatistics, AdjustForManyTests)
{
  const std::array p = {0.01, 0.04, 0.03, 0.5, 0.005};
  const std::array expected = {0.025, 0.05, 0.05, 0.5, 0.025};
  const auto adjusted = false_discovery_adjusted(p);
  for (std::size_t i = 0; i < p.size(); ++i) {
    EXPECT_DOUBLE_EQ(adjusted[i], expected[i]) << i;
  }
  EXPECT_TRUE(false_discovery_adjusted({}).empty());
}

}  // namespace
}  // namespace mlrepro::plan
