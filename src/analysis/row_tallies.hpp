// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mlrepro::analysis {

// Numbers of which one is asked whether it is there.
class NumberSet {
 public:
  explicit NumberSet(const std::vector<std::uint64_t>& numbers);
  [[nodiscard]] bool contains(std::uint64_t number) const;

 private:
  std::vector<std::uint64_t> slots_;  // a number plus one; 0 is none
};

// How often each side has a key, and whether its rows are equal. By key, or without one by row. As
// large as there are different ones.
class Tallies {
 public:
  struct Tally {
    std::uint32_t key = 0;
    std::uint32_t in_a = 0;
    std::uint32_t in_b = 0;
    std::uint64_t rows = 0;  // hashes of all, one over the other: none is left of a pair

    [[nodiscard]] std::uint64_t count() const { return std::uint64_t{in_a} + in_b; }
  };

  Tallies(bool keyed, std::uint64_t most_bytes) : keyed_(keyed), most_bytes_(most_bytes) {}

  // Bytes that so many keys take at most, while the table grows.
  [[nodiscard]] static std::uint64_t bytes_for(std::uint64_t keys);

  // False when there is no room for one more.
  bool add(std::uint32_t key, std::uint64_t row, bool in_a);

  template <typename Visit>
  void each_unlike(Visit visit) const
  {
    for (const Tally& tally : slots_) {
      const bool same =
          keyed_ ? tally.in_a == 1 && tally.in_b == 1 && tally.rows == 0 : tally.in_a == tally.in_b;
      if (tally.count() > 0 && !same) {
        visit(tally);
      }
    }
  }

 private:
  Tally& find(std::uint32_t key, std::uint64_t row);
  bool grow();

  bool keyed_;
  std::uint64_t most_bytes_;
  std::vector<Tally> slots_ = std::vector<Tally>(16);
  std::size_t used_ = 0;
};

}  // namespace mlrepro::analysis
