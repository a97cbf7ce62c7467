// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/special_functions.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace mlrepro::plan {
namespace {

constexpr double k_pi = 3.14159265358979323846;
constexpr int k_most_steps = 10'000;
constexpr double k_precision = 1e-16;

// x^a e^-x / gamma(a), the factor that both forms of the incomplete gamma function share.
double gamma_front(double a, double x)
{
  return std::exp(a * std::log(x) - x - std::lgamma(a));
}

// The regularised lower incomplete gamma function, by its series: for x < a + 1.
double lower_gamma(double a, double x)
{
  double term = 1 / a;
  double sum = term;
  for (int n = 1; n < k_most_steps && term > sum * k_precision; ++n) {
    term *= x / (a + n);
    sum += term;
  }
  return sum * gamma_front(a, x);
}

// The upper one, by its continued fraction (Lentz): for x >= a + 1.
double upper_gamma(double a, double x)
{
  constexpr double k_tiny = 1e-300;
  double b = x + 1 - a;
  double c = 1 / k_tiny;
  double d = 1 / b;
  double result = d;
  for (int i = 1; i < k_most_steps; ++i) {
    const double factor = -i * (i - a);
    b += 2;
    d = factor * d + b;
    d = 1 / (std::fabs(d) < k_tiny ? k_tiny : d);
    c = b + factor / c;
    c = std::fabs(c) < k_tiny ? k_tiny : c;
    const double step = d * c;
    result *= step;
    if (std::fabs(step - 1) < k_precision * 4) {
      break;
    }
  }
  return result * gamma_front(a, x);
}

}  // namespace

double normal_survival(double z)
{
  return std::erfc(z / std::sqrt(2.0)) / 2;
}

double chi_square_survival(double x, double degrees)
{
  if (!(x > 0)) {
    return 1;
  }
  const double a = degrees / 2;
  const double half = x / 2;
  return half < a + 1 ? 1 - lower_gamma(a, half) : upper_gamma(a, half);
}

double kolmogorov_survival(double lambda)
{
  if (!(lambda > 0)) {
    return 1;
  }
  // Below 1 the alternating series needs many terms, and the one of theta functions needs few.
  if (lambda < 1) {
    double sum = 0;
    for (int k = 1; k <= 15; k += 2) {
      sum += std::exp(-k * k * k_pi * k_pi / (8 * lambda * lambda));
    }
    return 1 - std::sqrt(2 * k_pi) / lambda * sum;
  }
  double sum = 0;
  double sign = 1;
  for (int j = 1; j <= 20; ++j) {
    sum += sign * std::exp(-2.0 * j * j * lambda * lambda);
    sign = -sign;
  }
  return std::min(1.0, 2 * sum);
}

double hypergeometric_survival(double k, double hits, double n, double m)
{
  const double low = std::max(0.0, std::ceil(hits - n));
  const double high = std::floor(std::min(hits, m));
  if (k <= low || k > high) {
    return k <= low ? 1 : 0;
  }
  const double mode = std::clamp(std::floor((hits + 1) * (m + 1) / (n + m + 2)), low, high);
  // Relative to the most frequent number: what all have in common, factorials, is never needed.
  double all = 0;
  double tail = 0;
  double term = 1;
  for (double j = mode; j <= high && (j <= k || term > tail * k_precision) && term > 0; ++j) {
    all += term;
    tail += j >= k ? term : 0;
    term *= (m - j) * (hits - j) / ((j + 1) * (n - hits + j + 1));
  }
  term = 1;
  for (double j = mode; j > low && term > all * k_precision; --j) {
    term *= j * (n - hits + j) / ((m - j + 1) * (hits - j + 1));
    all += term;
    tail += j - 1 >= k ? term : 0;
  }
  return std::min(1.0, tail / all);
}

double chi_square_critical(double p, double degrees)
{
  if (!(p > 0)) {
    return std::numeric_limits<double>::infinity();
  }
  double low = 0;
  double high = degrees + 10;
  while (chi_square_survival(high, degrees) > p) {
    high *= 2;
  }
  // Halving is exact to the last bits, and takes as long whatever the degrees.
  for (int i = 0; i < 200 && low < high; ++i) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) {
      break;
    }
    (chi_square_survival(middle, degrees) > p ? low : high) = middle;
  }
  return low + (high - low) / 2;
}

}  // namespace mlrepro::plan
