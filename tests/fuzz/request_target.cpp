// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/request_target.hpp"

#include <algorithm>

#include "fuzz/target.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
  using namespace mlrepro;
  const std::string_view text = fuzz::text_of(bytes, size);
  if (const auto target = format::parse_request_target(text)) {
    fuzz::require(target->path.starts_with('/'), "a path begins at the root");
    fuzz::require(std::all_of(target->path.begin(), target->path.end(),
                              [](char c) { return c > ' ' && c < '\x7f' && c != '?' && c != '#'; }),
                  "a path holds what a path may");
    for (const auto& [key, value] : target->query) {
      fuzz::require(target->has(key), "a key is found by its name");
    }
  }
  const auto decoded = format::percent_decode(format::percent_encode(text));
  fuzz::require(decoded && *decoded == text, "encoding and decoding are opposites");
  return 0;
}
