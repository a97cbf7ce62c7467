// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "fuzz/target.hpp"
#include "mlrepro/format/ignore_rules.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
  // The first line is a path, the rest are the rules.
  const std::string_view text = mlrepro::fuzz::text_of(bytes, size);
  const std::size_t end = std::min(text.find('\n'), text.size());
  const auto rules =
      mlrepro::format::IgnoreRules::parse(text.substr(std::min(end + 1, text.size())));
  const std::string_view path = text.substr(0, end);
  const auto as_file = rules.ignores(path, false);
  const auto as_folder = rules.ignores(path, true);
  mlrepro::fuzz::require(!rules.empty() || (!as_file && !as_folder), "no rules ignore nothing");
  return 0;
}
