// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <fstream>
#include <optional>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "analysis/check_files.hpp"
#include "analysis/csv_relation.hpp"
#include "analysis/csv_scan.hpp"
#include "analysis/table_rows.hpp"
#include "posix/local_file_tree.hpp"
#include "support/packed_samples.hpp"
#include "support/table_session.hpp"
#include "support/temp_dir.hpp"

namespace mlrepro::analysis {
namespace {

// What a table is, by whichever reader: its facts and rows, or what is wrong with it.
struct Answer {
  std::vector<std::string> columns;
  std::vector<std::string> types;
  std::vector<Row> rows;
  std::string problem;

  bool operator==(const Answer&) const = default;
};

void PrintTo(const Answer& answer, std::ostream* out)
{
  *out << answer.problem << "|" << ::testing::PrintToString(answer.columns) << "|"
       << ::testing::PrintToString(answer.types) << "|" << ::testing::PrintToString(answer.rows);
}

class CsvLookTest : public testing::TableSessionTest<::testing::Test> {
 protected:
  PlacedFiles place(const std::string& text)
  {
    const std::string path = folder_ / "table.csv";
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
    PlacedFiles source;
    source.paths = {path};
    return source;
  }

  Answer answer(PlacedFiles& source)
  {
    Answer found;
    try {
      if (!source.facts || source.facts->shapes.empty()) {
        check_files(reader_, source);
      }
      const CountedRelation relation = csv_relation(*session_, reader_, source, CellTypes::found);
      found.columns = source.facts->columns;
      found.types = source.facts->types;
      each_row(*session_, "SELECT CAST(COLUMNS(*) AS VARCHAR) FROM " + relation.from,
               [&](const Row& row) { found.rows.push_back(row); });
      EXPECT_EQ(relation.rows.value_or(found.rows.size()), found.rows.size());
    } catch (const model::Error& error) {
      found = {};
      found.problem = error.message();
    }
    return found;
  }

  // With what a header says, or asking the engine for that, too.
  Answer by_engine(const std::string& text, const std::optional<model::TableFacts>& header)
  {
    PlacedFiles source = place(text);
    source.may_be_plain = false;
    source.facts = header;
    return answer(source);
  }

  CsvLook look(const std::string& text)
  {
    return look_at_csv(*files_.open(place(text).paths.front()), TableFormat::csv, reader_);
  }

  Answer by_look(const std::string& text, const CsvLook& look)
  {
    PlacedFiles source = place(text);
    source.facts = look.facts;
    source.may_be_plain = look.may_be_plain;
    return answer(source);
  }

  testing::TempDir folder_;
  posix::LocalFileTree files_;
  CsvReader reader_{files_, 2, 100'000'000};
};

class RandomTables {
 public:
  std::string next()
  {
    const std::size_t columns = 1 + chance_() % 4;
    const char delimiter = ",;\t|"[chance_() % 4];
    const std::string end = chance_() % 4 == 0 ? "\r\n" : "\n";
    std::string text = chance_() % 8 == 0 ? "\xef\xbb\xbf" : "";
    for (std::size_t i = 0; i < columns; ++i) {
      text += (i == 0 ? "" : std::string(1, delimiter)) + name(i);
    }
    text += end;
    const std::size_t rows = chance_() % 6;
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t i = 0; i < columns; ++i) {
        text += (i == 0 ? "" : std::string(1, delimiter)) + cell();
      }
      text += row + 1 == rows && chance_() % 3 == 0 ? "" : end;
    }
    return chance_() % 3 == 0 ? damaged(std::move(text)) : text;
  }

 private:
  std::string name(std::size_t i)
  {
    const std::vector<std::string> odd = {"",         "\"q,\"\"x\"", " b ",
                                          "\xc3\xa9", "A B",         "\"two\nlines\""};
    return chance_() % 6 == 0 ? odd[chance_() % odd.size()] : "c" + std::to_string(i);
  }
  std::string cell()
  {
    static const std::vector<std::string> cells = {"",           "1",
                                                   "-7",         "007",
                                                   "1.5",        "x",
                                                   "true",       "FALSE",
                                                   "2021-02-28", "2021-02-28 10:00",
                                                   "nan",        "12345678901234567890",
                                                   " 3",         "\"quoted\"",
                                                   "\"a,b\"",    "\"say \"\"hi\"\"\"",
                                                   "\"\"",       "\"two\nlines\"",
                                                   "\"\r\n\"",   "\xc3\xa9"};
    return cells[chance_() % cells.size()];
  }
  std::string damaged(std::string text)
  {
    const std::vector<std::string> wrong = {
        "\"",   "\n",           "\r", ",",   std::string(1, '\0'), "\xff", "\n\n",
        "\r\n", "\xef\xbb\xbf", " ",  "x\"y"};
    text.insert(chance_() % (text.size() + 1), wrong[chance_() % wrong.size()]);
    return text;
  }

  std::mt19937 chance_{20'211};
};

std::optional<model::TableFacts> header_of(const CsvLook& look)
{
  auto facts = look.facts;
  if (facts) {
    facts->shapes.clear();
    facts->rows.reset();
  }
  return facts;
}

// Plain or not, damaged or not: who looked at it without the engine says the same.
TEST_F(CsvLookTest, FindsWhatTheEngineFinds)
{
  RandomTables tables;
  int plain = 0;
  for (int i = 0; i < 90; ++i) {
    const std::string text = tables.next();
    const CsvLook seen = look(text);
    plain += seen.facts && !seen.facts->shapes.empty() ? 1 : 0;
    const Answer found = by_look(text, seen);
    ASSERT_EQ(found, by_engine(text, header_of(seen))) << ::testing::PrintToString(text);
    // Asked for the header, the engine minds line breaks within quotes that are not like all
    // others, and counts them as lines.
    const Answer alone = by_engine(text, std::nullopt);
    if (alone.problem.find("end in several ways") == std::string::npos) {
      ASSERT_EQ(found.problem.empty(), alone.problem.empty()) << ::testing::PrintToString(text);
      EXPECT_EQ(found.columns, alone.columns) << ::testing::PrintToString(text);
    }
  }
  EXPECT_GT(plain, 20);
  EXPECT_LT(plain, 80);
}

}  // namespace
}  // namespace mlrepro::analysis
