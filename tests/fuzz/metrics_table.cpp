// SPDX-License-Identifier: Apache-2.0
#include "fuzz/target.hpp"
#include "mlrepro/format/event_lines.hpp"
#include "mlrepro/format/metrics_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
  const std::string_view text = mlrepro::fuzz::text_of(bytes, size);
  for (const char* file : {"m.csv", "m.tsv"}) {
    mlrepro::fuzz::accepts([&] {
      for (const auto& metric : mlrepro::format::parse_metrics(file, text).metrics) {
        mlrepro::format::check_name("metric", metric.key);
      }
    });
  }
  return 0;
}
