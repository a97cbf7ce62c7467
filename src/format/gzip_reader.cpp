// SPDX-License-Identifier: Apache-2.0
#include "format/gzip_reader.hpp"

#include <utility>

namespace mlrepro::format {

GzipReader::GzipReader(ByteInput& input, UnpackBudget& budget, OnMember on_member)
    : input_(input), budget_(budget), on_member_(std::move(on_member))
{
}

std::size_t GzipReader::read(std::span<std::byte> out)
{
  while (member_ || begin_member()) {
    if (const std::size_t bytes = member_->read(out); bytes > 0) {
      return bytes;
    }
    member_.reset();
  }
  return 0;
}

void GzipReader::skip_zeros()
{
  while (!input_.at_end()) {
    const std::string_view bytes = input_.available();
    if (bytes.find_first_not_of('\0') != std::string_view::npos) {
      refuse_content("other bytes follow its end");
    }
    padded_ = true;
    input_.consume(bytes.size());
  }
}

bool GzipReader::begin_member()
{
  constexpr std::size_t k_header_size = 10;
  const std::string_view header = input_.peek(ByteInput::k_look_ahead);
  if (begun_ && (header.empty() || header.front() == '\0')) {
    skip_zeros();
    return false;
  }
  if (header.size() < k_header_size || !header.starts_with(k_gzip_magic)) {
    refuse_content(begun_ ? "other bytes follow its end" : "it ends early");
  }
  begun_ = true;
  on_member_(header);
  member_.emplace(input_, Wrapping::gzip, budget_);
  return true;
}

}  // namespace mlrepro::format
