// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/table_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "support/expect_error.hpp"
#include "support/packed_samples.hpp"

namespace mlrepro::format {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Rows = std::vector<std::vector<std::string>>;

ReadBytes in_steps(const std::string& text, std::size_t step)
{
  return [&text, step, at = std::size_t{0}](std::span<std::byte> out) mutable {
    const std::size_t count = std::min({out.size(), step, text.size() - at});
    std::memcpy(out.data(), text.data() + at, count);
    at += count;
    return count;
  };
}

Rows rows_of(const std::string& text, char separator = ',', std::size_t step = 1)
{
  TableReader reader(in_steps(text, step), separator);
  Rows rows;
  std::vector<std::string> row;
  while (reader.next(row)) {
    rows.push_back(row);
  }
  return rows;
}

TEST(TableReader, ReadsRowsAsTheyAreUsuallyWritten)
{
  const std::vector<std::pair<std::string, Rows>> cases = {
      {"", {}},
      {"a,b\n1,2\n", {{"a", "b"}, {"1", "2"}}},
      {"a,b\r\n1,2", {{"a", "b"}, {"1", "2"}}},
      {"a\rb\r", {{"a"}, {"b"}}},
      {"\n\na\n\nb\n", {{"a"}, {"b"}}},
      {"a,\n,\n", {{"a", ""}, {"", ""}}},
      {"\"a,\"\"b\"\"\nc\",d\n", {{"a,\"b\"\nc", "d"}}},
      {"\"\"\n", {{""}}},
      {"\"a\"b,c", {{"ab", "c"}}},
      {"\xEF\xBB\xBFx\n1\n", {{"x"}, {"1"}}},
      {" a , b\n", {{" a ", " b"}}}};
  for (const auto& [text, rows] : cases) {
    for (const std::size_t step : {1, 2, 5, 1000}) {
      EXPECT_EQ(rows_of(text, ',', step), rows) << text << " in steps of " << step;
    }
  }
  EXPECT_EQ(rows_of("a\tb,c\n", '\t'), (Rows{{"a", "b,c"}}));
  EXPECT_EQ(rows_of(testing::gzip_of("a,b\n1,2\n"), ',', 3), (Rows{{"a", "b"}, {"1", "2"}}));
  for (const std::size_t zeros : {1U, 9U, 100'000U}) {
    EXPECT_EQ(rows_of(testing::gzip_of("a\n1\n") + std::string(zeros, '\0'), ',', 3),
              (Rows{{"a"}, {"1"}}));
  }
}

TEST(TableReader, NamesTheLineThatIsMalformed)
{
  testing::expect_error(model::ErrorKind::corrupt, HasSubstr("line 2: the quote is not closed"),
                        [] { rows_of("a\n\"b\nc\n"); });
  testing::expect_error(model::ErrorKind::corrupt, HasSubstr("line 2: the row is too long"),
                        [] { rows_of("a\n" + std::string(16'000'001, 'x'), ',', 100'000); });
  testing::expect_error(model::ErrorKind::corrupt, HasSubstr("too many fields"),
                        [] { rows_of(std::string(100'000, ','), ',', 100'000); });
}

TEST(TableSeparator, IsToldByTheName)
{
  EXPECT_EQ(table_separator("a.csv"), ',');
  EXPECT_EQ(table_separator("a.csv.gz"), ',');
  EXPECT_EQ(table_separator("a.tsv.gz"), '\t');
  EXPECT_EQ(table_separator("a.parquet"), '\0');
  EXPECT_EQ(table_separator("csv"), '\0');
}

}  // namespace
}  // namespace mlrepro::format
