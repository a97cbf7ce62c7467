// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "sources/postgres_types.hpp"
#include "sources/utf16.hpp"

namespace mlrepro::sources {
namespace {

using ports::CellKind;
using ports::SourceCell;

TEST(CopyLine, ReadsFieldsAsTheServerWritesThem)
{
  CopyLine line("a\\tb\\\\c\\nd\t\\N\t\t\\\\N\t\\\\x00ff41\n");
  SourceCell cell;
  ASSERT_TRUE(line.next(cell, false));
  EXPECT_EQ(cell.text, "a\tb\\c\nd");
  ASSERT_TRUE(line.next(cell, false));
  EXPECT_EQ(cell.kind, CellKind::nothing);
  ASSERT_TRUE(line.next(cell, false));
  EXPECT_EQ(cell.kind, CellKind::text);
  EXPECT_EQ(cell.text, "");
  ASSERT_TRUE(line.next(cell, false));
  EXPECT_EQ(cell.text, "\\N");
  ASSERT_TRUE(line.next(cell, true));
  EXPECT_EQ(cell.kind, CellKind::bytes);
  EXPECT_EQ(cell.text, std::string("\0\xff"
                                   "A",
                                   3));
  EXPECT_FALSE(line.next(cell, false));
}

TEST(PostgresTypes, AreKeptExactly)
{
  const auto numeric = [](int precision, int scale) {
    return stored_type(1700, ((precision << 16) | (scale & 0x7ff)) + 4);
  };
  EXPECT_EQ(numeric(10, 2), "DECIMAL(10,2)");
  EXPECT_EQ(numeric(38, 38), "DECIMAL(38,38)");
  EXPECT_EQ(numeric(39, 2), "DECIMAL");
  EXPECT_EQ(numeric(3, -2), "DECIMAL");
  EXPECT_EQ(numeric(2, 5), "DECIMAL");
  EXPECT_EQ(stored_type(1700, -1), "DECIMAL");
  EXPECT_EQ(stored_type(1184, -1), "TIMESTAMP WITH TIME ZONE");
  EXPECT_EQ(stored_type(1007, -1), "VARCHAR");
}

TEST(Utf16, GoesThereAndBack)
{
  const std::string text = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x8d\x8a";
  EXPECT_EQ(to_utf8(to_utf16(text)), text);
  EXPECT_EQ(to_utf16(text).size(), 5U);
  EXPECT_EQ(to_utf8(to_utf16("\xff")), "\xef\xbf\xbd");
  EXPECT_EQ(to_utf8(u"\xd83c!"), "\xef\xbf\xbd!");
}

}  // namespace
}  // namespace mlrepro::sources
