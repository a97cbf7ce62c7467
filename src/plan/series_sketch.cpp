// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/series_sketch.hpp"

#include <algorithm>
#include <cmath>

namespace mlrepro::plan {
namespace {

constexpr std::size_t k_most_spans = 4096;

}  // namespace

void SeriesSketch::add(const model::MetricPoint& point)
{
  first_step_ = summary_.count == 0 ? point.step : std::min(first_step_, point.step);
  summary_.add(point);
  if (!std::isfinite(point.value)) {
    ++(std::isnan(point.value) ? nans_ : infinities_);
    return;
  }
  if (!min_ || point.value < min_->value) {
    min_ = {point.value, point.step};
  }
  if (!max_ || point.value > max_->value) {
    max_ = {point.value, point.step};
  }
  const std::int64_t place = point.step >> shift_;
  if (newest_ == spans_.end() || newest_->first != place) {
    newest_ = spans_.try_emplace(spans_.end(), place, Span{point.value, point.value});
  }
  newest_->second.min = std::min(newest_->second.min, point.value);
  newest_->second.max = std::max(newest_->second.max, point.value);
  while (spans_.size() > k_most_spans) {
    halve();
  }
}

void SeriesSketch::halve()
{
  std::map<std::int64_t, Span> wider;
  for (const auto& [place, span] : spans_) {
    Span& joined = wider.try_emplace(wider.end(), place >> 1, span)->second;
    joined.min = std::min(joined.min, span.min);
    joined.max = std::max(joined.max, span.max);
  }
  spans_ = std::move(wider);
  newest_ = spans_.end();
  ++shift_;
}

std::map<std::int64_t, SeriesSketch::Span> SeriesSketch::spans() const
{
  std::map<std::int64_t, Span> by_step;
  for (const auto& [place, span] : spans_) {
    // The first span may begin before the first point does.
    by_step.emplace_hint(by_step.end(), std::max(place * (std::int64_t{1} << shift_), first_step_),
                         span);
  }
  return by_step;
}

}  // namespace mlrepro::plan
