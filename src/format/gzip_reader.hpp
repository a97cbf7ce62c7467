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

// The members of a gzip file one after the other, as gunzip reads them: what fills up a block of a
// tape or a disk with zeros behind the last one is passed over.
class GzipReader {
 public:
  // Called with what is there of the header of each, 10 bytes at least.
  using OnMember = std::function<void(std::string_view header)>;

  GzipReader(ByteInput& input, UnpackBudget& budget, OnMember on_member);

  std::size_t read(std::span<std::byte> out);
  // At the end: whether there were such zeros.
  [[nodiscard]] bool padded() const { return padded_; }

 private:
  bool begin_member();
  void skip_zeros();

  ByteInput& input_;
  UnpackBudget& budget_;
  OnMember on_member_;
  std::optional<Inflater> member_;
  bool begun_ = false;
  bool padded_ = false;
};

}  // namespace mlrepro::format
