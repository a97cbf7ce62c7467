// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/model/step_series.hpp"

#include <algorithm>
#include <iterator>

namespace mlrepro::model {

void StepSeries::append(std::int64_t step)
{
  if (stretches_.empty()) {
    stretches_.push_back({0, 1, step, 0});
    return;
  }
  Stretch& last = stretches_.back();
  const std::int64_t before = last.back();
  increasing_ = increasing_ && step > before;
  std::int64_t distance = 0;
  const bool far = __builtin_sub_overflow(step, before, &distance);
  if (!far && (last.count == 1 || distance == last.distance)) {
    last.distance = distance;
    ++last.count;
    return;
  }
  stretches_.push_back({last.begin + last.count, 1, step, 0});
}

std::uint64_t StepSeries::size() const
{
  return empty() ? 0 : stretches_.back().begin + stretches_.back().count;
}

std::int64_t StepSeries::at(std::uint64_t position) const
{
  const auto behind = std::upper_bound(
      stretches_.begin(), stretches_.end(), position,
      [](std::uint64_t wanted, const Stretch& stretch) { return wanted < stretch.begin; });
  const Stretch& stretch = *std::prev(behind);
  return stretch.at(position - stretch.begin);
}

std::uint64_t StepSeries::lower_bound(std::int64_t step) const
{
  std::uint64_t low = 0;
  std::uint64_t high = size();
  while (low < high) {
    const std::uint64_t middle = low + (high - low) / 2;
    if (at(middle) < step) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

std::vector<std::int64_t> StepSeries::distinct(std::int64_t first, std::int64_t last) const
{
  std::vector<std::int64_t> steps;
  for (const Stretch& stretch : stretches_) {
    const std::uint64_t count = stretch.distance == 0 ? 1 : stretch.count;
    for (std::uint64_t index = 0; index < count; ++index) {
      const std::int64_t step = stretch.at(index);
      if (step >= first && step <= last) {
        steps.push_back(step);
      }
    }
  }
  if (!increasing_) {
    std::sort(steps.begin(), steps.end());
    steps.erase(std::unique(steps.begin(), steps.end()), steps.end());
  }
  return steps;
}

std::uint64_t StepSeries::Stretch::position_of(std::int64_t step) const
{
  const auto from = static_cast<std::uint64_t>(first);
  const auto to = static_cast<std::uint64_t>(step);
  const auto size = static_cast<std::uint64_t>(distance);
  const std::uint64_t away = distance < 0 ? from - to : to - from;
  const std::uint64_t each = distance < 0 ? 0 - size : size;
  return away % each == 0 ? begin + away / each : begin + count;
}

std::vector<StepSeries::Span> StepSeries::find(const std::vector<std::int64_t>& sorted) const
{
  std::vector<Span> found;
  const auto add = [&](std::uint64_t position, std::uint64_t count) {
    if (!found.empty() && found.back().first + found.back().count == position) {
      found.back().count += count;
    } else {
      found.push_back({position, count});
    }
  };
  for (const Stretch& stretch : stretches_) {
    const std::int64_t low = std::min(stretch.first, stretch.back());
    const std::int64_t high = std::max(stretch.first, stretch.back());
    const auto begin = std::lower_bound(sorted.begin(), sorted.end(), low);
    const auto end = std::upper_bound(begin, sorted.end(), high);
    const auto look = [&](std::int64_t step) {
      const std::uint64_t position = stretch.position_of(step);
      if (position < stretch.begin + stretch.count) {
        add(position, 1);
      }
    };
    if (stretch.distance > 0) {
      std::for_each(begin, end, look);
    } else if (stretch.distance < 0) {
      std::for_each(std::reverse_iterator(end), std::reverse_iterator(begin), look);
    } else if (begin != end) {
      add(stretch.begin, stretch.count);
    }
  }
  return found;
}

}  // namespace mlrepro::model
