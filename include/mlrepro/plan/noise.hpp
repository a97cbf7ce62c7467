// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

#include "mlrepro/model/reproduction.hpp"

namespace mlrepro::plan {

// Of finite values, at least one.
model::Spread spread_of(const std::vector<double>& values);

// The t that a variable of Student's distribution is below with this probability, of 0.5 to 1.
double student_quantile(double probability, std::size_t degrees);

// How far the mean of `others` more values may lie from the mean of the sample, in 95 of 100 cases,
// where they are of the same kind. The sample has at least two.
double prediction_interval(const model::Spread& sample, std::size_t others);

// Of fewer values no spread can be told that would mean anything.
inline constexpr std::size_t k_least_sample = 3;

// Judges one metric of which a side has several values; none is NaN.
struct RepeatedMetric {
  std::string key;
  std::vector<double> recorded;  // the recorded run's own first
  std::vector<double> replayed;
};
model::MetricCheck judge_repeated(const RepeatedMetric& metric, const model::MetricRule& rule,
                                  model::Gate gate);

}  // namespace mlrepro::plan
