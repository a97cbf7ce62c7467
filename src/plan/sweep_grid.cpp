// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/sweep_grid.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>
#include <unordered_map>
#include <utility>

#include "mlrepro/model/error.hpp"

namespace mlrepro::plan {
namespace {

using model::Error;
using model::ErrorKind;

// SplitMix64 (Steele, Lea, Flood 2014). The library's distributions differ between libraries.
class Draw {
 public:
  explicit Draw(std::int64_t seed) : state_(static_cast<std::uint64_t>(seed)) {}

  // Evenly from 0 to count - 1.
  std::uint64_t below(std::uint64_t count)
  {
    const std::uint64_t fair = std::numeric_limits<std::uint64_t>::max() -
                               std::numeric_limits<std::uint64_t>::max() % count;
    std::uint64_t value = next();
    while (value >= fair) {
      value = next();
    }
    return value % count;
  }

  // From 0 to 1, without 1.
  double fraction() { return static_cast<double>(next() >> 11U) * 0x1p-53; }

 private:
  std::uint64_t next()
  {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31U);
  }

  std::uint64_t state_;
};

// Six digits: enough for a parameter, and the same where another library of mathematics rounds the
// last bit differently. Whole numbers have all of theirs.
std::string number_text(double value, bool whole)
{
  std::array<char, 40> text{};
  const int length = whole ? std::snprintf(text.data(), text.size(), "%.0f", value)
                           : std::snprintf(text.data(), text.size(), "%.6g", value);
  return {text.data(), static_cast<std::size_t>(length)};
}

std::string draw_value(const model::SweepRange& range, Draw& draw)
{
  if (range.whole && !range.logarithmic) {
    const double span = range.high - range.low + 1;
    return number_text(
        range.low + static_cast<double>(draw.below(static_cast<std::uint64_t>(span))), true);
  }
  double value = 0;
  if (range.logarithmic) {
    const double low = std::log(range.low);
    value = std::exp(low + draw.fraction() * (std::log(range.high) - low));
  } else {
    value = range.low + draw.fraction() * (range.high - range.low);
  }
  value = std::clamp(value, range.low, range.high);
  return number_text(range.whole ? std::round(value) : value, range.whole);
}

// 0: too many to count.
std::uint64_t count_combinations(const std::vector<model::SweepAxis>& axes)
{
  std::uint64_t count = 1;
  for (const model::SweepAxis& axis : axes) {
    if (count > std::numeric_limits<std::uint64_t>::max() / axis.values.size()) {
      return 0;
    }
    count *= axis.values.size();
  }
  return count;
}

}  // namespace

SweepGrid::SweepGrid(std::vector<model::SweepAxis> axes, std::optional<std::uint64_t> sample,
                     std::int64_t seed)
    : axes_(std::move(axes))
{
  const auto range = std::find_if(axes_.begin(), axes_.end(), [](const model::SweepAxis& axis) {
    return axis.range.has_value();
  });
  if (range != axes_.end() && !sample) {
    throw Error(ErrorKind::usage, "--each " + range->key + ": a range has no end of values",
                "draw from it with --sample N, or give its values a distance, as in 0..1:0.25");
  }
  const std::uint64_t combinations = range == axes_.end() ? count_combinations(axes_) : 0;
  size_ = sample ? *sample : combinations;
  if (size_ == 0 || size_ > k_most_sweep_runs) {
    throw Error(ErrorKind::usage,
                sample && *sample == 0
                    ? "--sample 0: a sweep has at least one run"
                    : "a sweep has at most " + std::to_string(k_most_sweep_runs) + " runs",
                "draw some of them with --sample N");
  }
  if (!sample) {
    return;
  }
  if (range != axes_.end()) {
    draw_from_ranges(*sample, seed);
    return;
  }
  if (combinations != 0 && *sample > combinations) {
    throw Error(ErrorKind::usage,
                "--sample " + std::to_string(*sample) + ": there are only " +
                    std::to_string(combinations) + " combinations",
                "leave --sample out to run them all");
  }
  draw_from_grid(combinations == 0 ? std::numeric_limits<std::uint64_t>::max() : combinations,
                 *sample, seed);
}

// The shuffle of Fisher and Yates as far as it is needed, of a list that is only imagined.
void SweepGrid::draw_from_grid(std::uint64_t combinations, std::uint64_t count, std::int64_t seed)
{
  Draw draw(seed);
  std::unordered_map<std::uint64_t, std::uint64_t> moved;
  const auto at = [&](std::uint64_t place) {
    const auto found = moved.find(place);
    return found == moved.end() ? place : found->second;
  };
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t other = i + draw.below(combinations - i);
    drawn_.push_back(at(other));
    moved[other] = at(i);
  }
}

void SweepGrid::draw_from_ranges(std::uint64_t count, std::int64_t seed)
{
  Draw draw(seed);
  for (std::uint64_t i = 0; i < count; ++i) {
    model::SweepPoint point;
    for (const model::SweepAxis& axis : axes_) {
      point.emplace_back(axis.key, axis.range ? draw_value(*axis.range, draw)
                                              : axis.values[draw.below(axis.values.size())]);
    }
    points_.push_back(std::move(point));
  }
}

model::SweepPoint SweepGrid::at(std::uint64_t item) const
{
  const std::uint64_t index = item - 1;
  if (!points_.empty()) {
    return points_.at(index);
  }
  std::uint64_t rest = drawn_.empty() ? index : drawn_.at(index);
  model::SweepPoint point(axes_.size());
  for (std::size_t i = axes_.size(); i > 0; --i) {
    const model::SweepAxis& axis = axes_[i - 1];
    point[i - 1] = {axis.key, axis.values[rest % axis.values.size()]};
    rest /= axis.values.size();
  }
  return point;
}

}  // namespace mlrepro::plan
