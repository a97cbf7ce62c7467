// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mlrepro::model {

// The steps of a metric's points in the order in which they were logged. Steps at equal distances
// take no memory each: a metric that is logged every n steps has one stretch, however long it is.
class StepSeries {
 public:
  // Positions that follow each other, from 0.
  struct Span {
    std::uint64_t first = 0;
    std::uint64_t count = 0;

    bool operator==(const Span&) const = default;
  };

  void append(std::int64_t step);

  [[nodiscard]] bool empty() const { return stretches_.empty(); }
  [[nodiscard]] std::uint64_t size() const;
  // The step at a position below `size`.
  [[nodiscard]] std::int64_t at(std::uint64_t position) const;
  // Whether every step is greater than the one before it.
  [[nodiscard]] bool is_increasing() const { return increasing_; }
  // Of an increasing series, the position of the first step that is not below `step`.
  [[nodiscard]] std::uint64_t lower_bound(std::int64_t step) const;
  // The steps from `first` to `last`, both included, sorted, each once.
  [[nodiscard]] std::vector<std::int64_t> distinct(std::int64_t first, std::int64_t last) const;
  // Where the steps are that are among `sorted`, which has each once, in the order of positions.
  [[nodiscard]] std::vector<Span> find(const std::vector<std::int64_t>& sorted) const;
  // What it takes in memory, in bytes.
  [[nodiscard]] std::size_t memory() const { return stretches_.capacity() * sizeof(Stretch); }

  bool operator==(const StepSeries&) const = default;

 private:
  struct Stretch {
    std::uint64_t begin = 0;  // the position of its first step
    std::uint64_t count = 0;
    std::int64_t first = 0;
    std::int64_t distance = 0;

    // Unsigned, since what lies between may be more than a signed number holds.
    [[nodiscard]] std::int64_t at(std::uint64_t index) const
    {
      return static_cast<std::int64_t>(static_cast<std::uint64_t>(first) +
                                       index * static_cast<std::uint64_t>(distance));
    }
    [[nodiscard]] std::int64_t back() const { return at(count - 1); }
    // The position of a step that lies between its first and its last one, or the number of all
    // positions when it has no such step.
    [[nodiscard]] std::uint64_t position_of(std::int64_t step) const;

    bool operator==(const Stretch&) const = default;
  };

  std::vector<Stretch> stretches_;
  bool increasing_ = true;
};

}  // namespace mlrepro::model
