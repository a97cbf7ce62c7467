// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace mlrepro::model {

// What compressing a store harder did.
struct Optimization {
  int level = 0;  // of zstd
  std::uint64_t packs_rewritten = 0;
  std::uint64_t packs_left = 0;     // nothing to do, or too little of them
  std::uint64_t packs_skipped = 0;  // damaged, or exchanged by others meanwhile
  std::uint64_t bytes_before = 0;   // of all packs
  std::uint64_t bytes_after = 0;
};

}  // namespace mlrepro::model
