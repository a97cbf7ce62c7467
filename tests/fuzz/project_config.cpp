// SPDX-License-Identifier: Apache-2.0
#include <cmath>

#include "fuzz/target.hpp"
#include "mlrepro/format/project_config.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
  const std::string_view text = mlrepro::fuzz::text_of(bytes, size);
  mlrepro::format::ProjectConfig config;
  if (mlrepro::fuzz::accepts(
          [&] { config = mlrepro::format::parse_config("mlrepro.toml", text); })) {
    for (const auto& rule : config.tolerances) {
      mlrepro::fuzz::require(
          rule.tolerance.absolute >= 0 && std::isfinite(rule.tolerance.absolute) &&
              rule.tolerance.relative >= 0 && std::isfinite(rule.tolerance.relative),
          "a tolerance is a finite number of 0 or more");
    }
    mlrepro::fuzz::require(!config.timeout_s || std::isfinite(*config.timeout_s),
                           "a timeout is finite");
  }
  return 0;
}
