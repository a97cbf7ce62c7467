// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "mlrepro/model/manifest.hpp"

namespace mlrepro::format {

// What a tree object's digest and a snapshot's id cover before the encoded bytes, so that no file
// can pass for a folder and no folder for a snapshot (docs/format.md).
inline constexpr std::string_view k_tree_prefix{"mlr1\0tree\0", 10};
inline constexpr std::string_view k_snapshot_prefix{"mlr1\0snapshot\0", 14};

// The canonical bytes of a folder: equal folders have equal bytes.
std::string encode_tree(const model::TreeNode& node);

// Accepts only canonical bytes; throws Error{corrupt} naming the position.
model::TreeNode decode_tree(std::string_view bytes);

// The bytes whose SHA-256, behind k_snapshot_prefix, is a snapshot's id. The name does not count.
std::string encode_root(const model::TreeEntry& root);

}  // namespace mlrepro::format
