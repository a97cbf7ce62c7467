// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mlrepro::model {

// Values to draw from, both ends included.
struct SweepRange {
  double low = 0;
  double high = 0;
  bool whole = false;        // whole numbers only
  bool logarithmic = false;  // evenly over the logarithm; `low` is above 0

  bool operator==(const SweepRange&) const = default;
};

// One parameter of a sweep: the values it takes in turn, or a range that only a sample can use.
struct SweepAxis {
  std::string key;
  std::vector<std::string> values;
  std::optional<SweepRange> range;

  bool operator==(const SweepAxis&) const = default;
};

// The parameters of one of a sweep's runs, in the order of the axes.
using SweepPoint = std::vector<std::pair<std::string, std::string>>;

// What a sweep's own run has on record: enough to go on with it.
struct Sweep {
  std::vector<std::string> each;        // the axes, as they were written: "lr=0.1,0.3"
  std::optional<std::uint64_t> sample;  // how many runs were drawn; absent: the whole grid
  std::int64_t seed = 0;                // of the draw
  std::uint64_t size = 0;               // how many runs it has
  std::uint64_t jobs = 1;               // how many of them ran at once
  std::vector<std::string> options;     // the other options of `run`, as words; secrets replaced

  bool operator==(const Sweep&) const = default;
};

}  // namespace mlrepro::model
