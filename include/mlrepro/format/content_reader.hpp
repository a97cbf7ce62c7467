// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "mlrepro/model/content.hpp"

namespace mlrepro::format {

// Fills some of the buffer and returns how many bytes; 0 is the end.
using ReadBytes = std::function<std::size_t(std::span<std::byte>)>;

// Of all that is in one file together: what is larger is taken for a trap.
inline constexpr std::uint64_t k_max_unpacked_bytes = 16'000'000'000;

struct ContentSource {
  std::string name;  // of the file; its ending says what its first bytes do not
  // From the start. Called up to three times, one reading after the other.
  std::function<ReadBytes()> open;
  // Of all that is left to read.
  std::function<model::Digest(const ReadBytes&)> digest;
  // A file with more is opaque.
  std::uint64_t max_unpacked_bytes = k_max_unpacked_bytes;
};

// The content of gzip and zip files, of PNG pictures, notebooks, JSON and HDF5. Memory: for JSON a
// few times 16 MB, for HDF5 up to 128 MB, else a few megabytes, whatever the file says of itself. A
// file that is damaged or of no such format is `opaque`. What
// `open` and the readers throw is passed on.
model::FileContent read_content(const ContentSource& source);

}  // namespace mlrepro::format
