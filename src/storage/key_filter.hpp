// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "mlrepro/model/digest.hpp"

namespace mlrepro::storage {

// A Bloom filter over record keys, one cache line a key: says at once that a key is in no pack.
class KeyFilter {
 public:
  explicit KeyFilter(std::size_t keys);

  void add(const model::Digest& key);
  // False: certainly not added.
  [[nodiscard]] bool may_have(const model::Digest& key) const;

 private:
  using Line = std::array<std::uint64_t, 8>;
  std::vector<Line> lines_;
};

}  // namespace mlrepro::storage
