// SPDX-License-Identifier: Apache-2.0
#include "fuzz/target.hpp"
#include "mlrepro/format/parameter_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
  const std::string_view text = mlrepro::fuzz::text_of(bytes, size);
  std::map<std::string, std::string> parameters;
  if (mlrepro::fuzz::accepts(
          [&] { parameters = mlrepro::format::parse_parameters("p.toml", text); })) {
    for (const auto& [key, value] : parameters) {
      const auto part = mlrepro::format::parse_parameters("p.toml", text, key.empty() ? "" : key);
      mlrepro::fuzz::require(part.at(key) == value, "each parameter is its own subtree");
      break;
    }
  }
  return 0;
}
