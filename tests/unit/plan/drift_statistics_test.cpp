// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/drift_statistics.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <random>
#include <utility>

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

// From scipy.stats.hypergeom.sf(k - 1, n + m, hits, m).
TEST(SpecialFunctions, HaveTheTailsOfTheHypergeometricDistribution)
{
  expect_close(hypergeometric_survival(1, 1, 1000, 10), 0.009900990099009901);
  expect_close(hypergeometric_survival(2, 2, 1000, 10), 8.831408413388414e-05);
  expect_close(hypergeometric_survival(3, 10, 100, 30), 0.4169490894831852);
  expect_close(hypergeometric_survival(3, 12, 1000, 1000), 0.9809943762535743);
  expect_close(hypergeometric_survival(50, 52, 1000, 200), 4.3067359069668434e-39);
  expect_close(hypergeometric_survival(5, 8, 4, 6), 2.0 / 3);
  expect_close(hypergeometric_survival(100, 1e4, 1e6, 1e4), 0.4737023007);
  EXPECT_EQ(hypergeometric_survival(0, 3, 10, 10), 1);
  EXPECT_EQ(hypergeometric_survival(4, 8, 4, 6), 1) << "n has no more than four of them";
  EXPECT_EQ(hypergeometric_survival(4, 3, 10, 10), 0);
  EXPECT_EQ(hypergeometric_survival(1200, 1200, 1200, 1200), 0) << "1e-720";
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

// Of 1000 values none is there once, of ten one is new: by the normal distribution p is 5e-7.
TEST(DriftStatistics, CallAFewNewValuesNoMoreSignificantThanTheyAre)
{
  expect_close(new_values_test({1000, 10, 0, 0, 1}).p, 10.0 / 1010);
  EXPECT_EQ(new_values_test({1000, 10, 0, 0, 0}).p, 1);
  EXPECT_LT(new_values_test({1000, 10, 0, 0, 3}).p, 1e-6);
  EXPECT_EQ(new_values_test({1000, 0, 0, 0, 0}).p, 1);
}

// Without drift an alpha of 5 % flags no more than 5 % of the samples, small and skewed ones, too:
// each value is one that no other row has with the same chance on both sides.
TEST(DriftStatistics, SeeNewValuesByChanceAsRarelyAsTheySay)
{
  constexpr int k_draws = 4000;
  std::mt19937_64 random(7);
  for (const auto& [n, m] : {std::pair{1000, 10}, {100, 30}, {300, 300}}) {
    for (const double share : {0.001, 0.03, 0.1, 0.3}) {
      std::binomial_distribution<int> of_a(n, share);
      std::binomial_distribution<int> of_b(m, share);
      // One column at 5 %, and twenty of which any is at 5 % when adjusted.
      int alone = 0;
      int among_twenty = 0;
      for (int i = 0; i < k_draws; ++i) {
        const int singles = of_a(random);
        const int fresh = of_b(random);
        const double p =
            new_values_test({double(n), double(m), double(singles), 0, double(fresh)}).p;
        alone += p <= 0.05 ? 1 : 0;
        among_twenty += p <= 0.05 / 20 ? 1 : 0;
      }
      // With what 99.9 % of such counts stay below.
      EXPECT_LE(alone, 245) << n << " " << m << " " << share;
      EXPECT_LE(among_twenty, 21) << n << " " << m << " " << share;
    }
  }
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
