// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace mlrepro::analysis {

// 64 bits of a text and of what was hashed before it: different for different lists of texts but
// for chance. Of this process only: it is stored nowhere.
std::uint64_t text_hash(std::string_view text, std::uint64_t before);

// The same of the cells at these places, one after the other.
std::uint64_t cells_hash(const std::vector<std::string_view>& cells,
                         const std::vector<std::size_t>& places, std::uint64_t before);

struct RowHashes {
  std::uint64_t key = 0;
  std::uint64_t row = 0;  // of the key and the compared cells
};

// Without a key (no places) both are those of the row.
RowHashes row_hashes(const std::vector<std::string_view>& cells,
                     const std::vector<std::size_t>& key, const std::vector<std::size_t>& compared);

}  // namespace mlrepro::analysis
