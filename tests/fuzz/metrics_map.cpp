// SPDX-License-Identifier: Apache-2.0
#include "fuzz/target.hpp"
#include "mlrepro/format/metrics_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
  // The first byte picks the format.
  const std::string_view text = mlrepro::fuzz::text_of(bytes, size);
  constexpr const char* k_files[] = {"m.json", "m.yaml", "m.toml", "m.jsonl"};
  if (!text.empty()) {
    const char* file = k_files[bytes[0] % 4];
    mlrepro::fuzz::accepts([&] { mlrepro::format::parse_metrics(file, text.substr(1)); });
  }
  return 0;
}
