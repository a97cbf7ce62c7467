// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "mlrepro/ports/remote.hpp"
#include "storage/pack.hpp"

namespace mlrepro::storage {

inline constexpr const char* k_remote_packs = "packs";

// Of the first copy of a pack, or of a further one, where those before it are damaged.
std::string remote_pack_name(const model::Digest& id, unsigned copy);

// The packs of a remote, which outlives them. Their footers are kept in the folder `cache`: a
// footer hashes to the pack's name, so that one that does not is read again. A pack of which the
// footer is damaged is found through its blocks. `cache` may be empty: none is kept.
std::vector<std::shared_ptr<const Pack>> open_remote_packs(const ports::Remote& remote,
                                                           const std::string& cache);

}  // namespace mlrepro::storage
