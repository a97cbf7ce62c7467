// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// Bundles: tar archives (ustar) of what a remote holds (docs/format.md, "Bundles"). Only what
// mlrepro writes itself is read: plain files whose names are one folder and one name, or the
// marker, each once; no links, no extensions, nothing behind the end.
namespace mlrepro::format {

inline constexpr std::size_t k_bundle_block = 512;
// The first member, as of a remote.
inline constexpr std::string_view k_remote_marker = "mlrepro-remote";
inline constexpr std::string_view k_remote_marker_text = "mlrepro-remote 1\n";

struct BundleMember {
  std::string name;
  std::uint64_t offset = 0;  // of its content
  std::uint64_t bytes = 0;
};

// Fills the buffer with the bytes from `offset`, which are all there.
using ReadAt = std::function<void(std::uint64_t offset, std::span<std::byte> buffer)>;

// Throws Error{corrupt} that says where and what.
std::vector<BundleMember> decode_bundle(std::uint64_t size, const ReadAt& read);

// The name has to be one that is read back, and the size below 8 GiB: else Error{io}.
std::array<std::byte, k_bundle_block> encode_bundle_header(const std::string& name,
                                                           std::uint64_t bytes);
// What follows the content of a member so that the next begins at a block.
std::size_t bundle_padding(std::uint64_t bytes);
// At the end, zeros.
inline constexpr std::size_t k_bundle_end = 2 * k_bundle_block;

}  // namespace mlrepro::format
