// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include "fuzz/target.hpp"
#include "mlrepro/format/content_reader.hpp"
#include "mlrepro/plan/compare_content.hpp"

namespace {

namespace format = mlrepro::format;
namespace model = mlrepro::model;

constexpr std::uint64_t k_most = 1'000'000;

// Enough to tell two contents apart here.
model::Digest sum_of(const format::ReadBytes& read, std::uint64_t& total)
{
  model::Digest::Bytes sum{};
  std::byte buffer[333];
  std::size_t at = 0;
  for (std::size_t got = read(buffer); got > 0; got = read(buffer)) {
    for (std::size_t i = 0; i < got; ++i, ++at) {
      auto& slot = sum[at % sum.size()];
      slot = static_cast<std::uint8_t>(slot * 31 + std::to_integer<unsigned>(buffer[i]) + 1);
    }
    total += got;
  }
  return model::Digest(sum);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
  const std::string_view text = mlrepro::fuzz::text_of(bytes, size);
  for (const char* name : {"x", "x.json", "x.ipynb", "x.json.gz"}) {
    std::uint64_t total = 0;
    format::ContentSource source;
    source.name = name;
    source.max_unpacked_bytes = k_most;
    source.open = [text]() -> format::ReadBytes {
      return [left = std::string_view(text)](std::span<std::byte> out) mutable {
        const std::size_t count = std::min(out.size(), left.size());
        if (count > 0) {
          std::memcpy(out.data(), left.data(), count);
        }
        left.remove_prefix(count);
        return count;
      };
    };
    source.digest = [&total](const format::ReadBytes& read) { return sum_of(read, total); };
    // A damaged file is a value, never an error.
    const model::FileContent content = format::read_content(source);
    mlrepro::fuzz::require(content.opaque.empty() || content.parts.empty(),
                           "what can't be read has no parts");
    mlrepro::fuzz::require(total <= k_most + 40 * size + 10'000,
                           "no more is unpacked than is allowed");
    const auto comparison = mlrepro::plan::compare_content(content, format::read_content(source));
    mlrepro::fuzz::require(comparison.same == (content.opaque.empty() && !content.format.empty()),
                           "a file that can be read says the same as itself");
  }
  return 0;
}
