// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "fuzz/target.hpp"
#include "mlrepro/format/table_reader.hpp"
#include "mlrepro/plan/compare_rows.hpp"

namespace {

namespace format = mlrepro::format;

std::vector<std::vector<std::string>> rows_of(std::string_view text, char separator,
                                              std::size_t step)
{
  format::TableReader reader(
      [text, step](std::span<std::byte> out) mutable {
        const std::size_t count = std::min({out.size(), step, text.size()});
        if (count > 0) {
          std::memcpy(out.data(), text.data(), count);
        }
        text.remove_prefix(count);
        return count;
      },
      separator);
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> row;
  while (reader.next(row)) {
    rows.push_back(row);
  }
  return rows;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size)
{
  const std::string_view text = mlrepro::fuzz::text_of(bytes, size);
  for (const char separator : {',', '\t'}) {
    mlrepro::fuzz::accepts([&] {
      const auto rows = rows_of(text, separator, 4096);
      mlrepro::fuzz::require(rows == rows_of(text, separator, 3),
                             "rows do not depend on how they are read");
      mlrepro::plan::RowComparison comparison({}, {}, {});
      for (const auto& row : rows) {
        mlrepro::fuzz::require(!row.empty(), "a row has a field");
        comparison.compare("row", row, row);
      }
      mlrepro::fuzz::require(comparison.result().differing == 0, "a table is equal to itself");
    });
  }
  return 0;
}
