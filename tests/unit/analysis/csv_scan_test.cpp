// SPDX-License-Identifier: Apache-2.0
#include "analysis/csv_scan.hpp"

#include <gmock/gmock.h>
#include <zstd.h>

#include <string>

#include "analysis/cell_shapes.hpp"
#include "storage/zstd_unpacker.hpp"
#include "support/memory_file_tree.hpp"
#include "support/packed_samples.hpp"

namespace mlrepro::analysis {
namespace {

using ::testing::ElementsAre;

class CsvScanTest : public ::testing::Test {
 protected:
  CsvLook look(const std::string& text, TableFormat format = TableFormat::csv)
  {
    files_.add_file("/table", text);
    return look_at_csv(*files_.open("/table"), format, reader_);
  }

  testing::MemoryFileTree files_;
  storage::ZstdUnpacker unpacker_;
  CsvReader reader_{files_, 2, 100'000'000, &unpacker_};
};

std::string packed_by_zstd(const std::string& text)
{
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 1));
  return packed;
}

// More than one block of them.
std::string many_rows()
{
  std::string text = "id,name\n";
  for (int i = 0; i < 400'000; ++i) {
    text += std::to_string(i) + ",x\n";
  }
  return text;
}

TEST_F(CsvScanTest, FindsHeaderRowsAndShapes)
{
  const auto facts = look("a;b\n1;2021-01-01\n2;\n", TableFormat::csv).facts;
  ASSERT_TRUE(facts);
  EXPECT_THAT(facts->columns, ElementsAre("a", "b"));
  EXPECT_EQ(facts->delimiter, ';');
  EXPECT_EQ(facts->rows, 2U);
  EXPECT_THAT(facts->shapes,
              ElementsAre(in_shapes(CellShape::short_whole), in_shapes(CellShape::date)));
  EXPECT_FALSE(facts->long_rows);
  EXPECT_TRUE(facts->types.empty());
  EXPECT_EQ(look("a;b\tc\n1\t2\n", TableFormat::tsv).facts->columns.front(), "a;b");
}

TEST_F(CsvScanTest, HeadersEndAndBeginAsFilesDo)
{
  for (const char* text : {"a,b\r\n1,2\r\n",
                           "\xef\xbb\xbf"
                           "a,b\n1,2",
                           "a,b\n1,2\n"}) {
    const auto facts = look(text).facts;
    ASSERT_TRUE(facts) << text;
    EXPECT_THAT(facts->columns, ElementsAre("a", "b"));
    EXPECT_EQ(facts->rows, 1U);
  }
  EXPECT_EQ(look("a,b").facts->rows, 0U);
  EXPECT_THAT(look("\"a,b\",\n1,2\n").facts->columns, ElementsAre("a,b", "column1"));
}

TEST_F(CsvScanTest, WhatIsNotPlainIsLeftToTheEngine)
{
  for (const char* text :
       {"a,b\n1\n", "a,b\n1,x\"y\n", "a,b\n1,2\r\n3,4\n", "a,b\n\n1,2\n", "a,b\n1,\xff\n"}) {
    const CsvLook seen = look(text);
    ASSERT_TRUE(seen.facts) << text;
    EXPECT_THAT(seen.facts->columns, ElementsAre("a", "b"));
    EXPECT_TRUE(seen.facts->shapes.empty()) << text;
    EXPECT_FALSE(seen.facts->rows) << text;
    EXPECT_FALSE(seen.may_be_plain) << text;
  }
  for (const char* text : {"", "\n", "\n1,2\n", "a,A\n1,2\n", "\"a\nb\",c\n1,2\n", "\"a\"b,c\n"}) {
    const CsvLook seen = look(text);
    EXPECT_FALSE(seen.facts) << text;
    EXPECT_TRUE(seen.may_be_plain) << text;
  }
}

TEST_F(CsvScanTest, ReadsWhatIsPacked)
{
  const std::string text = many_rows();
  const auto plain = look(text).facts;
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->rows, 400'000U);
  EXPECT_EQ(look(testing::gzip_of(text)).facts, plain);
  EXPECT_EQ(look(packed_by_zstd(text)).facts, plain);
  reader_.unpacker = nullptr;
  EXPECT_FALSE(look(packed_by_zstd(text)).facts);
}

TEST_F(CsvScanTest, NothingIsFoundInHalfAPackedFile)
{
  for (const std::string& packed : {testing::gzip_of(many_rows()), packed_by_zstd(many_rows())}) {
    const CsvLook seen = look(packed.substr(0, packed.size() / 2));
    EXPECT_FALSE(seen.facts);
    EXPECT_FALSE(look(packed.substr(0, packed.size() - 1)).facts);
    EXPECT_FALSE(look(packed + "x").facts);
  }
}

}  // namespace
}  // namespace mlrepro::analysis
