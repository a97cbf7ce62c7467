// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/source_address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mlrepro/model/error.hpp"
#include "support/error_of.hpp"

namespace mlrepro::plan {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

void expect_address(const char* text, SourceKind kind, const char* place)
{
  const SourceAddress address = parse_source_address(text, "--from");
  EXPECT_EQ(address.kind, kind) << text;
  EXPECT_EQ(address.place, place) << text;
}

TEST(SourceAddress, IsToldByItsScheme)
{
  expect_address("sqlite:a b.db", SourceKind::sqlite, "a b.db");
  expect_address("sqlite:///data/x.db", SourceKind::sqlite, "/data/x.db");
  expect_address("SQLite:x?mode=ro", SourceKind::sqlite, "x?mode=ro");
  expect_address("duckdb:x.duckdb", SourceKind::duckdb, "x.duckdb");
  expect_address("postgresql://u:p@h/d", SourceKind::postgresql, "postgresql://u:p@h/d");
  expect_address("postgres://h", SourceKind::postgresql, "postgresql://h");
  expect_address("postgresql+psycopg2://h/d", SourceKind::postgresql, "postgresql://h/d");
  expect_address("postgresql:host=h dbname=d", SourceKind::postgresql, "host=h dbname=d");
  expect_address("postgresql:", SourceKind::postgresql, "");
  expect_address("odbc:DSN=x;UID=u", SourceKind::odbc, "DSN=x;UID=u");
  expect_address("file:/x.csv", SourceKind::file, "/x.csv");
  expect_address("data/x.csv", SourceKind::file, "data/x.csv");
  expect_address("./a:b.csv", SourceKind::file, "./a:b.csv");
}

TEST(SourceAddress, IsNotShownWhereItIsWrong)
{
  for (const char* text : {"", "sqlite:", "duckdb:", "mysql://u:s3cret@h/d", "htps://u:s3cret@h"}) {
    const auto error = testing::error_of([&] { (void)parse_source_address(text, "--from"); });
    EXPECT_EQ(error.kind(), model::ErrorKind::usage) << text;
    EXPECT_THAT(error.message() + error.hint(), Not(HasSubstr("s3cret"))) << text;
    EXPECT_THAT(error.message(), HasSubstr("--from")) << text;
  }
}

TEST(SourceAddress, OdbcStringsLoseTheirCredentials)
{
  const auto pairs = parse_odbc_string(
      "DRIVER={SQLite3;odd}};x};Database=/a b.db; UID=anna;PWD={p;w}};d};Token=t;;alone;Port=5");
  EXPECT_THAT(pairs, ElementsAre(Pair("DRIVER", "{SQLite3;odd}};x}"), Pair("Database", "/a b.db"),
                                 Pair("UID", "anna"), Pair("PWD", "{p;w}};d}"), Pair("Token", "t"),
                                 Pair("Port", "5")));
  EXPECT_EQ(public_odbc_string(pairs), "DRIVER={SQLite3;odd}};x};Database=/a b.db;Port=5");
  EXPECT_THAT(parse_odbc_string("warehouse"), ElementsAre(Pair("DSN", "warehouse")));
}

TEST(SourceAddress, UserInfoIsFoundAsItIsWritten)
{
  EXPECT_THAT(user_info_of("postgresql://anna:s%40c@h:5/d"), ElementsAre("anna", "s%40c"));
  EXPECT_THAT(user_info_of("postgresql://anna@h/d"), ElementsAre("anna"));
  EXPECT_THAT(user_info_of("postgresql://anna:a/b@h/d"), ElementsAre("anna", "a/b"));
  EXPECT_THAT(user_info_of("postgresql://h/d"), IsEmpty());
  EXPECT_THAT(user_info_of("host=h password=x"), IsEmpty());
}

TEST(SourceAddress, SecretsAreHidden)
{
  EXPECT_EQ(hide_secrets("user \"anna\" at annapolis: s3cret1s3cret1", {"anna", "s3cret1"}),
            "user \"***\" at annapolis: ******");
  EXPECT_EQ(hide_secrets("nothing", {"", "***"}), "nothing");
}

}  // namespace
}  // namespace mlrepro::plan
