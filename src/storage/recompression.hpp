// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "storage/pack_writer.hpp"
#include "storage/record_reader.hpp"

namespace mlrepro::storage {

struct Recompression {
  int level = 0;  // of zstd
  unsigned threads = 1;
  // Called by any of the threads, with bytes of the packs that are done.
  std::function<void(std::uint64_t)> advance;
};

// Bytes in a pack that were compressed with less effort than `level`. Throws Error{corrupt} and
// Error{not_found}, as reading a block does.
std::uint64_t compressible_bytes(const Pack& pack, int level);

// What came of it: one of the two.
struct Recompressed {
  std::optional<SealedPack> pack;
  std::shared_ptr<const Pack> unreadable;  // damaged, or gone
};

// Copies packs of one class into a new one. What was compressed with less effort is joined into
// longer blocks and compressed anew; everything else stays as it is. Every record that is touched
// is checked against its key before, and what was made of it is decoded again.
Recompressed recompress(const std::vector<std::shared_ptr<const Pack>>& packs,
                        const Recompression& how, const RecordReader& reader,
                        const std::string& temporary);

}  // namespace mlrepro::storage
