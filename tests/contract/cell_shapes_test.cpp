// SPDX-License-Identifier: Apache-2.0
#include "analysis/cell_shapes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "support/table_session.hpp"

namespace mlrepro {
namespace {

using analysis::CellReader;
using plan::ColumnKind;

// Texts near the borders of the rules, and what a changed character makes of them.
std::vector<std::string> texts()
{
  const std::vector<std::string> known = {"0",
                                          "-0",
                                          "7",
                                          "-7",
                                          "+7",
                                          "007",
                                          "1_000",
                                          "999999999999999",
                                          "1000000000000000",
                                          "999999999999999999",
                                          "-999999999999999999",
                                          "9223372036854775807",
                                          "9223372036854775808",
                                          "1.5",
                                          "-0.0",
                                          "1.",
                                          ".5",
                                          "1e5",
                                          "1E-05",
                                          "1e+99",
                                          "1e100",
                                          "1e999",
                                          "01.5",
                                          "0x10",
                                          "1,5",
                                          "nan",
                                          "NaN",
                                          "inf",
                                          "-inf",
                                          "Infinity",
                                          "info",
                                          "epoch",
                                          "true",
                                          "TRUE",
                                          "False",
                                          "truex",
                                          "t",
                                          "yes",
                                          "null",
                                          "NA",
                                          "2021-02-28",
                                          "2021-02-29",
                                          "2020-02-29",
                                          "1900-02-29",
                                          "2000-02-29",
                                          "0000-01-01",
                                          "0001-01-01",
                                          "9999-12-31",
                                          "2021-13-01",
                                          "2021-00-10",
                                          "2021-1-1",
                                          "21-01-01",
                                          "2021/01/01",
                                          "20210101",
                                          "2021-06-01 12:30",
                                          "2021-06-01T12:30",
                                          "2021-06-01 12:30:59",
                                          "2021-06-01 12:30:60",
                                          "2021-06-01 24:00",
                                          "2021-06-01 23:60",
                                          "2021-06-01 12:30:01.5",
                                          "2021-06-01 12:30:01.123456",
                                          "2021-06-01 12:30:01.1234567",
                                          "2021-06-01 12:30Z",
                                          "2021-06-01 12:30:00+02",
                                          "2021-06-01  12:30",
                                          "2021-06-01 1:30",
                                          " 1",
                                          "1 ",
                                          " ",
                                          "SKU-1",
                                          "a b",
                                          "-",
                                          "--1",
                                          "1-1",
                                          "12:30",
                                          "\xc3\xa9t\xc3\xa9",
                                          "e5",
                                          "1e",
                                          "1e+",
                                          "123456789012345678901234567890.5",
                                          "0.1234567890123456789",
                                          "-1.5e-3",
                                          "1.5e-003"};
  std::set<std::string> all(known.begin(), known.end());
  std::mt19937 chance(7);
  const std::string characters = "0123456789-+.eET: atfnixZ_";
  for (const std::string& text : known) {
    for (int i = 0; i < 30; ++i) {
      std::string other = text;
      char& changed = other[chance() % other.size()];
      const char next = characters[chance() % characters.size()];
      if (static_cast<unsigned char>(changed) < 0x80) {  // it stays UTF-8
        changed = next;
        all.insert(other);
      }
    }
  }
  return {all.begin(), all.end()};
}

class CellShapes : public testing::TableSessionTest<::testing::TestWithParam<CellReader>> {
 protected:
  // What the rules say of each text, in one statement.
  std::vector<ColumnKind> by_rules(const std::vector<std::string>& texts) const
  {
    std::string tests;
    for (const ColumnKind kind : plan::k_tested_kinds) {
      tests += (tests.empty() ? "" : ", ") + std::string("coalesce(") +
               analysis::is_of_kind("cell", kind, GetParam()) + ", false)";
    }
    std::string cells;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      cells +=
          (i == 0 ? "(" : ", (") + std::to_string(i) + ", " + ports::quoted_text(texts[i]) + ")";
    }
    const auto rows = session_->query("SELECT " + tests + " FROM (VALUES " + cells +
                                      ") AS t(number, cell) ORDER BY number");
    std::vector<ColumnKind> kinds;
    std::vector<ports::TableValue> row;
    while (rows->next(row)) {
      const auto first = std::find(row.begin(), row.end(), ports::TableValue(true));
      kinds.push_back(first == row.end()
                          ? ColumnKind::text
                          : plan::k_tested_kinds[static_cast<std::size_t>(first - row.begin())]);
    }
    return kinds;
  }
};

TEST_P(CellShapes, SayNothingThatTheRulesDoNot)
{
  const std::vector<std::string> cells = texts();
  const std::vector<ColumnKind> kinds = by_rules(cells);
  ASSERT_EQ(kinds.size(), cells.size());
  std::size_t told = 0;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto kind =
        analysis::kind_of_shapes(analysis::in_shapes(analysis::shape_of(cells[i])), GetParam());
    if (kind) {
      ++told;
      EXPECT_EQ(*kind, kinds[i]) << cells[i];
    }
  }
  EXPECT_GT(told, cells.size() / 4);
}

INSTANTIATE_TEST_SUITE_P(Readers, CellShapes,
                         ::testing::Values(CellReader::typed, CellReader::compared));

TEST(CellShapesOfColumns, AreToldFromAllCells)
{
  const auto kind = [](const std::vector<std::string>& cells, CellReader reader) {
    analysis::CellShapes shapes = 0;
    for (const std::string& cell : cells) {
      shapes |= analysis::in_shapes(analysis::shape_of(cell));
    }
    return analysis::kind_of_shapes(shapes, reader);
  };
  EXPECT_EQ(kind({}, CellReader::typed), ColumnKind::empty);
  EXPECT_EQ(kind({"1", "-20"}, CellReader::typed), ColumnKind::integer);
  EXPECT_EQ(kind({"1", "2.5"}, CellReader::compared), ColumnKind::floating);
  EXPECT_EQ(kind({"1234567890123456", "2.5"}, CellReader::compared), std::nullopt);
  EXPECT_EQ(kind({"1", "x"}, CellReader::typed), ColumnKind::text);
  EXPECT_EQ(kind({"2021-01-01", "2021-01-01 10:00"}, CellReader::compared), ColumnKind::moment);
  EXPECT_EQ(kind({"2021-01-01", "2021-01-01 10:00"}, CellReader::typed), std::nullopt);
  EXPECT_EQ(kind({"true", "1"}, CellReader::typed), std::nullopt);
}

}  // namespace
}  // namespace mlrepro
