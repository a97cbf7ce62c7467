// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/sql_tokens.hpp"

#include <gtest/gtest.h>

#include "support/expect_error.hpp"

namespace mlrepro {
namespace {

using TokenKind = plan::SqlToken::Kind;
using model::ErrorKind;
using testing::expect_error;
using ::testing::HasSubstr;
using Tokens = std::vector<std::pair<TokenKind, std::string>>;

Tokens cut(const std::string& sql)
{
  Tokens found;
  for (const plan::SqlToken& token : plan::sql_tokens(sql)) {
    found.emplace_back(token.kind, token.value);
  }
  return found;
}

TEST(SqlTokens, CutsSql)
{
  EXPECT_EQ(cut("SELECT a.b, 1.5e3 FROM \"T x\" -- end\nWHERE c>='it''s'"),
            (Tokens{{TokenKind::word, "select"},
                    {TokenKind::word, "a"},
                    {TokenKind::symbol, "."},
                    {TokenKind::word, "b"},
                    {TokenKind::symbol, ","},
                    {TokenKind::number, "1.5e3"},
                    {TokenKind::word, "from"},
                    {TokenKind::quoted_name, "T x"},
                    {TokenKind::word, "where"},
                    {TokenKind::word, "c"},
                    {TokenKind::symbol, ">"},
                    {TokenKind::symbol, "="},
                    {TokenKind::text, "it's"}}));
}

TEST(SqlTokens, LeavesOutCommentsAlsoInComments)
{
  EXPECT_EQ(cut("a/* b /* c */ d */e--f"),
            (Tokens{{TokenKind::word, "a"}, {TokenKind::word, "e"}}));
  EXPECT_EQ(cut("'--' \"/*\""), (Tokens{{TokenKind::text, "--"}, {TokenKind::quoted_name, "/*"}}));
  EXPECT_EQ(cut("1 - 2 / 3"), (Tokens{{TokenKind::number, "1"},
                                      {TokenKind::symbol, "-"},
                                      {TokenKind::number, "2"},
                                      {TokenKind::symbol, "/"},
                                      {TokenKind::number, "3"}}));
}

TEST(SqlTokens, KnowsAllKindsOfQuotes)
{
  EXPECT_EQ(cut(R"(E'a\'b' e'\\' 'a\')"),
            (Tokens{{TokenKind::text, "a'b"}, {TokenKind::text, "\\"}, {TokenKind::text, "a\\"}}));
  EXPECT_EQ(cut("$$it's$$ $q$ $$ $q$ $1 $name"), (Tokens{{TokenKind::text, "it's"},
                                                         {TokenKind::text, " $$ "},
                                                         {TokenKind::symbol, "$"},
                                                         {TokenKind::number, "1"},
                                                         {TokenKind::symbol, "$name"}}));
  EXPECT_EQ(cut("\"a\"\"b\" é_1"),
            (Tokens{{TokenKind::quoted_name, "a\"b"}, {TokenKind::word, "é_1"}}));
}

TEST(SqlTokens, RefusesWhatIsNotClosed)
{
  for (const char* sql : {"'a", "\"a", "/* a", "/* /* */", "$$a", "$x$ a $$", "E'a\\'", "/*/"}) {
    expect_error(ErrorKind::usage, HasSubstr("not closed"), [&] { plan::sql_tokens(sql); });
  }
}

TEST(SqlTokens, GivesOneStatement)
{
  EXPECT_EQ(plan::single_statement("  SELECT ';' ;; -- x"), "SELECT ';'");
  EXPECT_EQ(plan::single_statement("/* a */ (SELECT 1) -- b"), "(SELECT 1)");
  expect_error(ErrorKind::usage, HasSubstr("several"),
               [] { plan::single_statement("SELECT 1; SELECT 2"); });
  expect_error(ErrorKind::usage, HasSubstr("without a statement"),
               [] { plan::single_statement(" ; -- a"); });
}

}  // namespace
}  // namespace mlrepro
