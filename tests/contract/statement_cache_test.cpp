// SPDX-License-Identifier: Apache-2.0
#include "sqlite/statement_cache.hpp"

#include <gtest/gtest.h>

#include "sqlite/database.hpp"
#include "sqlite/statement.hpp"
#include "support/temp_dir.hpp"

namespace mlrepro::sqlite {
namespace {

TEST(StatementCache, KeepsNoLongText)
{
  const testing::TempDir folder;
  Database database = Database::open(folder / "mlrepro.db", Mode::read_write);
  database.stay_open();
  const std::string text = "SELECT count(*) FROM experiments WHERE rowid IN (0";
  std::string longer = text;
  for (int i = 0; i < 1000; ++i) {
    longer += "," + std::to_string(i + 1000);
  }
  for (const std::string& sql : {text + ")", longer + ")"}) {
    Statement(database, sql).run();
  }
  EXPECT_NE(database.statements()->take(text + ")"), nullptr);
  EXPECT_EQ(database.statements()->take(longer + ")"), nullptr);
}

}  // namespace
}  // namespace mlrepro::sqlite
