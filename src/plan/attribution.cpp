// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/attribution.hpp"

#include <array>
#include <bit>

namespace mlrepro::plan {
namespace {

constexpr std::array<double, k_most_factors + 1> k_factorial = {1, 1, 2, 6, 24, 120};

double factorial(std::size_t n)
{
  return k_factorial.at(n);
}

std::size_t size_of(Mixture mixture)
{
  return static_cast<std::size_t>(std::popcount(mixture));
}

Mixture only(std::size_t factor)
{
  return Mixture{1} << factor;
}

double contribution(std::size_t factors, std::size_t factor, const std::vector<double>& values)
{
  double sum = 0;
  for (Mixture others = 0; others < values.size(); ++others) {
    if ((others & only(factor)) == 0) {
      const double weight = factorial(size_of(others)) * factorial(factors - size_of(others) - 1) /
                            factorial(factors);
      sum += weight * (values[others | only(factor)] - values[others]);
    }
  }
  return sum;
}

double interaction(std::size_t factors, std::size_t i, std::size_t j,
                   const std::vector<double>& values)
{
  double sum = 0;
  for (Mixture others = 0; others < values.size(); ++others) {
    if ((others & (only(i) | only(j))) == 0) {
      const double weight = factorial(size_of(others)) * factorial(factors - size_of(others) - 2) /
                            factorial(factors - 1);
      sum += weight * (values[others | only(i) | only(j)] - values[others | only(i)] -
                       values[others | only(j)] + values[others]);
    }
  }
  return sum;
}

}  // namespace

Attribution attribute(std::size_t factors, const std::function<double(Mixture)>& value)
{
  std::vector<double> values;
  for (Mixture mixture = 0; mixture < only(factors); ++mixture) {
    values.push_back(value(mixture));
  }
  Attribution result;
  for (std::size_t i = 0; i < factors; ++i) {
    result.contributions.push_back(contribution(factors, i, values));
    for (std::size_t j = i + 1; j < factors; ++j) {
      result.interactions.push_back({i, j, interaction(factors, i, j, values)});
    }
  }
  return result;
}

}  // namespace mlrepro::plan
