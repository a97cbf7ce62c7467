// SPDX-License-Identifier: Apache-2.0
#include "mlflow/export_values.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mlrepro::mlflow {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

struct ExportValues : ::testing::Test {
  std::vector<std::string> notes;
  std::vector<std::string> differences;
  ValueFitter fitter{TooLong::left_out, notes, differences};
};

TEST_F(ExportValues, WhatMlflowTakesStaysAsItIs)
{
  EXPECT_THAT(fitter.fit("tag", {{"a/b.c-d e:f_1", ""}, {"größe", "ü\n"}}, 2),
              ElementsAre(Pair("a/b.c-d e:f_1", ""), Pair("größe", "ü\n")));
  EXPECT_THAT(notes, IsEmpty());
  EXPECT_THAT(differences, IsEmpty());
}

TEST_F(ExportValues, NamesThatItRefusesAreChangedAndTold)
{
  EXPECT_THAT(fitter.fit_names("metric", {"f1@5", "../up", "/root", "a//b", "ok"}),
              ElementsAre(Pair("___up", "../up"), Pair("_root", "/root"), Pair("a__b", "a//b"),
                          Pair("f1_5", "f1@5"), Pair("ok", "ok")));
  EXPECT_THAT(notes, SizeIs(4));
  EXPECT_THAT(notes, ::testing::Contains(
                         "metric 'f1@5': called 'f1_5' there, since MLflow takes no such name"));
}

TEST_F(ExportValues, TwoNamesNeverBecomeOne)
{
  EXPECT_THAT(fitter.fit_names("metric", {"a@b", "a_b", "a#b"}), ElementsAre(Pair("a_b", "a_b")));
  EXPECT_THAT(differences, ElementsAre("metric 'a@b': 'a_b' is another one's name there",
                                       "metric 'a#b': 'a_b' is another one's name there"));
}

TEST_F(ExportValues, WhatHasNoRoomIsLeftOutOrCutBetweenCharacters)
{
  EXPECT_THAT(fitter.fit("parameter", {{"k", "äöü"}}, 2), IsEmpty());
  EXPECT_THAT(
      differences,
      ElementsAre("parameter 'k': MLflow has room for 2 of its 3 characters; --truncate cuts it"));
  ValueFitter cutter(TooLong::cut, notes, differences);
  EXPECT_THAT(cutter.fit("parameter", {{"k", "äöü"}}, 2), ElementsAre(Pair("k", "äö")));
  EXPECT_THAT(notes, ElementsAre("parameter 'k': cut to 2 of its 3 characters"));
  EXPECT_THAT(fitter.fit("tag", {{std::string(251, 'x'), "v"}}, 10), IsEmpty());
  EXPECT_THAT(differences.back(), HasSubstr("251 characters"));
}

TEST_F(ExportValues, BytesThatAreNoTextAreWrittenOut)
{
  EXPECT_THAT(fitter.fit("tag", {{"k", "a\xff"}}, 100), ElementsAre(Pair("k", "a\\xff")));
  EXPECT_THAT(notes, ElementsAre(HasSubstr("not UTF-8")));
}

}  // namespace
}  // namespace mlrepro::mlflow
