// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <set>

#include "mlrepro/model/comparison.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/model/reproduction.hpp"
#include "mlrepro/model/run.hpp"

namespace mlrepro::model {
namespace {

// The words of JSON documents and of the database: part of the contract, each one distinct.
template <typename Enum>
void expect_words(const std::vector<std::string>& words)
{
  std::set<std::string> distinct;
  for (std::size_t i = 0; i < words.size(); ++i) {
    EXPECT_EQ(to_string(static_cast<Enum>(i)), words[i]);
    distinct.insert(words[i]);
  }
  EXPECT_EQ(distinct.size(), words.size());
  EXPECT_EQ(to_string(static_cast<Enum>(words.size())), "unknown");
}

TEST(Words, AreThoseOfTheContract)
{
  expect_words<ErrorKind>({"usage", "not_found", "ambiguous", "conflict", "locked", "corrupt", "io",
                           "external", "interrupted"});
  expect_words<RunStatus>({"running", "finished", "failed", "killed", "lost"});
  expect_words<Level>({"none", "code", "configuration", "data", "environment", "evaluation"});
  expect_words<Verdict>({"reproduced", "differs", "incomparable", "failed", "blocked", "passed"});
  expect_words<CheckStatus>(
      {"same", "differs", "missing", "skipped", "same_content", "within_tolerance", "varies"});
  expect_words<MetricStatus>({"same", "within_tolerance", "differs", "incomparable", "skipped",
                              "improved", "within_noise"});
  expect_words<Direction>({"two-sided", "lower-is-better", "higher-is-better"});
  expect_words<FileState>({"added", "removed", "modified", "same"});
}

TEST(RunStatusWords, AreReadBack)
{
  for (const RunStatus status : {RunStatus::running, RunStatus::finished, RunStatus::failed,
                                 RunStatus::killed, RunStatus::lost}) {
    EXPECT_EQ(parse_run_status(to_string(status)), status);
  }
  for (const char* text : {"", "done", "Finished", "unknown", "running "}) {
    EXPECT_FALSE(parse_run_status(text)) << text;
  }
}

TEST(Error, CarriesKindMessageAndHint)
{
  const Error error(ErrorKind::locked, "store 'x': locked", "wait");
  EXPECT_EQ(error.kind(), ErrorKind::locked);
  EXPECT_EQ(error.message(), "store 'x': locked");
  EXPECT_STREQ(error.what(), "store 'x': locked");
  EXPECT_EQ(error.hint(), "wait");
  EXPECT_TRUE(Error(ErrorKind::io, "x").hint().empty());
}

}  // namespace
}  // namespace mlrepro::model
