// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "mlrepro/model/digest.hpp"

namespace mlrepro::format {

inline constexpr std::string_view k_pointer_suffix = ".snap";

// What `<path>.snap` says of `<path>`.
struct PointerFile {
  model::Digest id;
  model::Digest digest;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;

  bool operator==(const PointerFile&) const = default;
};

std::string encode_pointer(const PointerFile& pointer);

// True when `text` begins as a pointer file of any version does.
bool looks_like_pointer(std::string_view text);

// Throws Error{corrupt} naming the line. Line ends may be CRLF, as Git may make them.
PointerFile decode_pointer(std::string_view text);

}  // namespace mlrepro::format
