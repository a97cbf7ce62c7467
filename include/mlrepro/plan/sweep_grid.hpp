// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "mlrepro/model/sweep.hpp"

namespace mlrepro::plan {

inline constexpr std::uint64_t k_most_sweep_runs = 100'000;

// The runs of a sweep, numbered from 1. The same axes, sample and seed give the same runs, with
// every version of mlrepro and on every machine: a sweep is taken up again by its record.
class SweepGrid {
 public:
  // Without `sample`, every combination, the last axis changing fastest. With it, that many of
  // them, none twice, in the order in which they were drawn: a larger sample begins with the same
  // runs. Throws Error{usage} for a range without a sample, a sample of more than there is, and
  // more than k_most_sweep_runs.
  SweepGrid(std::vector<model::SweepAxis> axes, std::optional<std::uint64_t> sample,
            std::int64_t seed);

  [[nodiscard]] std::uint64_t size() const { return size_; }
  [[nodiscard]] const std::vector<model::SweepAxis>& axes() const { return axes_; }
  // `item` from 1 to size().
  [[nodiscard]] model::SweepPoint at(std::uint64_t item) const;

 private:
  void draw_from_grid(std::uint64_t combinations, std::uint64_t count, std::int64_t seed);
  void draw_from_ranges(std::uint64_t count, std::int64_t seed);

  std::vector<model::SweepAxis> axes_;
  std::uint64_t size_ = 0;
  std::vector<std::uint64_t> drawn_;       // combinations; empty: all in turn
  std::vector<model::SweepPoint> points_;  // with a range among the axes
};

}  // namespace mlrepro::plan
