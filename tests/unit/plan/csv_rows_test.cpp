// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/csv_rows.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace mlrepro {
namespace {

using Cells = std::vector<std::string>;

// All records; absent where the text is not plain.
std::optional<std::vector<Cells>> read(std::string_view text, std::size_t columns = 2)
{
  plan::CsvRows rows(text, ',', columns);
  std::vector<std::string_view> cells;
  std::vector<Cells> found;
  while (rows.next(cells)) {
    found.emplace_back(cells.begin(), cells.end());
  }
  return rows.plain() ? std::optional(found) : std::nullopt;
}

TEST(CsvRows, ReadsPlainRecords)
{
  const std::vector<Cells> expected = {{"1", "x"}, {"", "y z"}, {"2", ""}};
  EXPECT_EQ(read("1,x\n,y z\n2,\n"), expected);
  EXPECT_EQ(read("1,x\n,y z\n2,"), expected);
  EXPECT_EQ(read("1,x\r\n,y z\r\n2,\r\n"), expected);
  EXPECT_EQ(read(""), std::vector<Cells>());
}

TEST(CsvRows, ReadsQuotedCellsAsTheyStand)
{
  const std::vector<Cells> expected = {{"a,b", "two\nlines"}, {"say \"\"hi\"\"", ""}};
  EXPECT_EQ(read("\"a,b\",\"two\nlines\"\n\"say \"\"hi\"\"\",\"\"\n"), expected);
  EXPECT_EQ(read("\"\"\"\"\n", 1), (std::vector<Cells>{{"\"\""}}));
}

TEST(CsvRows, LeavesWhatIsNotPlainToOthers)
{
  for (const char* text : {"1\n", "1,2,3\n", "1,2\n\n3,4\n", "1,x\"y\n", "1,\"x\"y\n", "1, \"x\"\n",
                           "1,\"x\" \n", "1,\"never closed\n", "1,2\r3,4\n", "1,2\n3,4\r\n"}) {
    EXPECT_EQ(read(text), std::nullopt) << text;
  }
  EXPECT_EQ(read(std::string_view("1,a\0b\n", 6)), std::nullopt);
  EXPECT_EQ(read("1\n\n2\n", 1), std::nullopt);
}

}  // namespace
}  // namespace mlrepro
