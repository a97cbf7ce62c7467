// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/noise.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "mlrepro/plan/judge_metric.hpp"

namespace mlrepro::plan {
namespace {

using model::MetricCheck;
using model::MetricStatus;
using model::Spread;

constexpr double k_confidence = 0.95;

// The continued fraction of the incomplete beta function (Lentz).
double beta_fraction(double a, double b, double x)
{
  constexpr double k_tiny = 1e-300;
  constexpr int k_most_steps = 500;
  const auto safe = [](double value) { return std::fabs(value) < k_tiny ? k_tiny : value; };
  double c = 1;
  double d = 1 / safe(1 - (a + b) * x / (a + 1));
  double result = d;
  for (int m = 1; m <= k_most_steps; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / safe(1 + even * d);
    c = safe(1 + even / c);
    result *= d * c;
    const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / safe(1 + odd * d);
    c = safe(1 + odd / c);
    const double step = d * c;
    result *= step;
    if (std::fabs(step - 1) < 1e-15) {
      break;
    }
  }
  return result;
}

// The regularised incomplete beta function.
double incomplete_beta(double a, double b, double x)
{
  if (x <= 0 || x >= 1) {
    return x <= 0 ? 0 : 1;
  }
  const double front = std::exp(std::lgamma(a + b) - std::lgamma(a) - std::lgamma(b) +
                                a * std::log(x) + b * std::log1p(-x));
  return x < (a + 1) / (a + b + 2) ? front * beta_fraction(a, b, x) / a
                                   : 1 - front * beta_fraction(b, a, 1 - x) / b;
}

double student_probability(double t, double degrees)
{
  return 1 - incomplete_beta(degrees / 2, 0.5, degrees / (degrees + t * t)) / 2;
}

// The side whose spread is taken for the noise: the record's where it has one.
struct Sides {
  const Spread& sample;
  const Spread& other;
};

Sides sides_of(const model::Noise& noise)
{
  const bool by_record = noise.recorded.count > 1 && !noise.recorded.is_constant();
  return by_record ? Sides{noise.recorded, noise.replayed} : Sides{noise.replayed, noise.recorded};
}

bool within(double recorded, double difference, const model::Tolerance& tolerance)
{
  return difference <= tolerance.absolute + tolerance.relative * std::fabs(recorded);
}

// Whether every replay keeps to the tolerance by itself.
bool all_within(double recorded, const Spread& replayed, const model::Tolerance& tolerance)
{
  return within(recorded,
                std::max(std::fabs(replayed.max - recorded), std::fabs(replayed.min - recorded)),
                tolerance);
}

void judge_by_interval(MetricCheck& check)
{
  const auto [sample, other] = sides_of(*check.noise);
  const double interval = prediction_interval(sample, other.count);
  const double difference = std::fabs(sample.mean - other.mean);
  check.noise->interval = interval;
  check.reason = "difference of the means " + amount_text(difference) + ", limit " +
                 amount_text(interval) + " by the noise of " + std::to_string(sample.count) +
                 " values (sd " + amount_text(sample.deviation) + ")";
  if (difference <= interval) {
    check.status = MetricStatus::within_noise;
  } else if (check.status != MetricStatus::improved) {
    check.status = MetricStatus::differs;
  }
}

}  // namespace

Spread spread_of(const std::vector<double>& values)
{
  Spread spread;
  spread.count = values.size();
  const auto [min, max] = std::minmax_element(values.begin(), values.end());
  spread.min = *min;
  spread.max = *max;
  std::map<double, std::size_t> counts;
  for (const double value : values) {
    spread.mean += value / static_cast<double>(values.size());
    spread.identical = std::max(spread.identical, ++counts[value]);
  }
  if (spread.is_constant()) {
    spread.mean = spread.min;
    return spread;
  }
  double squares = 0;
  for (const double value : values) {
    squares += (value - spread.mean) * (value - spread.mean);
  }
  spread.deviation = std::sqrt(squares / static_cast<double>(values.size() - 1));
  return spread;
}

double student_quantile(double probability, std::size_t degrees)
{
  const auto n = static_cast<double>(degrees);
  double low = 0;
  double high = 1;
  while (student_probability(high, n) < probability && high < 1e12) {
    high *= 2;
  }
  for (int i = 0; i < 200 && high - low > 1e-13 * high; ++i) {
    const double middle = (low + high) / 2;
    (student_probability(middle, n) < probability ? low : high) = middle;
  }
  return (low + high) / 2;
}

double prediction_interval(const Spread& sample, std::size_t others)
{
  const double t = student_quantile((1 + k_confidence) / 2, sample.count - 1);
  return t * sample.deviation *
         std::sqrt(1 / static_cast<double>(sample.count) + 1 / static_cast<double>(others));
}

MetricCheck judge_repeated(const RepeatedMetric& metric, const model::MetricRule& rule,
                           model::Gate gate)
{
  const model::Noise noise{spread_of(metric.recorded), spread_of(metric.replayed)};
  const double recorded = metric.recorded.front();
  MetricCheck check = judge_metric({metric.key, recorded, noise.replayed.mean}, rule, gate);
  check.noise = noise;
  // The worst replay counts for a bound, and a bound is not a matter of noise.
  for (const double worst : {noise.replayed.min, noise.replayed.max}) {
    const MetricCheck bounded = judge_metric({metric.key, worst, worst}, rule, gate);
    if (bounded.status == MetricStatus::differs) {
      check.status = bounded.status;
      check.reason = bounded.reason;
      return check;
    }
  }
  if (noise.recorded.is_constant() && noise.replayed.is_constant()) {
    return check;
  }
  if (!std::isfinite(noise.recorded.mean) || !std::isfinite(noise.replayed.mean)) {
    check.status = MetricStatus::incomparable;
    check.reason = "some repeats are infinite and others are not";
    return check;
  }
  if (all_within(recorded, noise.replayed, rule.tolerance)) {
    if (!noise.replayed.is_constant()) {
      check.status = MetricStatus::within_tolerance;
    }
    return check;
  }
  if (sides_of(noise).sample.count < k_least_sample) {
    check.status = MetricStatus::incomparable;
    check.reason = std::to_string(sides_of(noise).sample.count) +
                   " values differ from each other, and only 3 or more tell how much is noise";
    return check;
  }
  judge_by_interval(check);
  return check;
}

}  // namespace mlrepro::plan
