// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "storage/pack_set.hpp"
#include "storage/pack_writer.hpp"
#include "storage/record_reader.hpp"

namespace mlrepro::storage {

// What becomes of a record when its pack is rewritten. A base that is no file of its own any more
// is kept as a piece.
enum class Fate { keep, keep_as_piece, drop };
// By the number of a record in a pack.
using Judge = std::function<Fate(const Pack&, std::uint32_t record)>;
// Whether a block of which everything is kept can be copied as it is.
using CopyCheck = std::function<bool(const Pack&, std::uint32_t block)>;

struct Rewriting {
  Judge fate;
  CopyCheck can_copy = [](const Pack&, std::uint32_t) { return true; };
};

// Copies what is kept of some packs of one class into a new one: blocks that stay whole as they
// are, the others encoded anew. Absent when nothing is kept. Throws Error{corrupt} for a damaged
// block of which something is kept.
std::optional<SealedPack> rewrite_packs(const std::vector<std::shared_ptr<const Pack>>& packs,
                                        const Rewriting& rewriting, const RecordReader& reader,
                                        const std::string& temporary);

// A block as it is on disk. Throws Error{corrupt} when a checksum is not right, and what
// `Pack::read_block` throws.
Bytes read_checked_block(const Pack& pack, std::uint32_t index);

// Publishes a pack that holds every record of the old ones, and then removes those.
void replace_packs(PackSet& packs, const std::vector<std::shared_ptr<const Pack>>& old,
                   SealedPack pack);

// Makes one pack of many small ones where there are many; nothing when another process is at it, or
// objects are being removed. `objects` is the folder of the locks.
void merge_small_packs(PackSet& packs, const std::string& objects, const std::string& temporary);

}  // namespace mlrepro::storage
