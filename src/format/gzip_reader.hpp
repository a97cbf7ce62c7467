// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "format/inflater.hpp"

namespace mlrepro::format {

inline constexpr std::string_view k_gzip_magic = "\x1f\x8b";

// The members of a gzip file one after the other, as gunzip reads them.
class GzipReader {
 public:
  // Called with what is there of the header of each, 10 bytes at least.
  using OnMember = std::function<void(std::string_view header)>;

  GzipReader(ByteInput& input, UnpackBudget& budget, OnMember on_member);

  std::size_t read(std::span<std::byte> out);

 private:
  bool begin_member();

  ByteInput& input_;
  UnpackBudget& budget_;
  OnMember on_member_;
  std::optional<Inflater> member_;
  bool begun_ = false;
};

}  // namespace mlrepro::format
