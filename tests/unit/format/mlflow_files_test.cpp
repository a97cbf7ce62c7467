// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/mlflow_files.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "mlrepro/model/error.hpp"

namespace mlrepro {
namespace {

using format::MlflowMeta;
using format::parse_mlflow_model_point;
using format::parse_mlflow_point;

TEST(MlflowMeta, ValuesAreTextWhateverTheirQuotes)
{
  const auto meta = MlflowMeta::parse("meta.yaml",
                                      "experiment_id: '0'\nname: \"a: b\\nc\"\nstart_time: 12\n"
                                      "plain: one\n  two\nblock: |\n  a\n  b\ntags: []\n");
  EXPECT_EQ(meta.text("experiment_id"), "0");
  EXPECT_EQ(meta.text("name"), "a: b\nc");
  EXPECT_EQ(meta.text("plain"), "one two");
  EXPECT_EQ(meta.text("block"), "a\nb\n");
  EXPECT_EQ(meta.time("start_time"), model::Timestamp{12});
}

TEST(MlflowMeta, NullIsNotThereAndTheWordNullIs)
{
  const auto meta = MlflowMeta::parse("meta.yaml", "a: null\nb: ~\nc:\nd: 'null'\n");
  for (const char* name : {"a", "b", "c", "e"}) {
    EXPECT_FALSE(meta.find(name)) << name;
  }
  EXPECT_EQ(meta.text("d"), "null");
}

TEST(MlflowMeta, MapsAreNamedValues)
{
  const auto meta = MlflowMeta::parse("meta.yaml", "tags:\n  mlflow.data.context: train\n  b: 1\n");
  EXPECT_EQ(meta.map("tags"),
            (std::map<std::string, std::string>{{"b", "1"}, {"mlflow.data.context", "train"}}));
  EXPECT_TRUE(meta.map("none").empty());
}

TEST(MlflowMeta, WhatIsNoMapOfValuesIsRefusedWithItsPlace)
{
  for (const char* text : {"", "\n", "- a\n", "word", "a: [\n", "a: 1\n  b: 2\n c"}) {
    try {
      (void)MlflowMeta::parse("0/meta.yaml", text);
      ADD_FAILURE() << text;
    } catch (const model::Error& error) {
      EXPECT_NE(error.message().find("0/meta.yaml"), std::string::npos) << error.message();
    }
  }
  EXPECT_THROW((void)MlflowMeta::parse("m", "a: 1").require("name"), model::Error);
}

TEST(MlflowMeta, ATimeThatCannotBeIsNone)
{
  const auto meta = MlflowMeta::parse("m", "a: -1\nb: 99999999999999999\nc: soon\nd: 0\n");
  EXPECT_FALSE(meta.time("a"));
  EXPECT_FALSE(meta.time("b"));
  EXPECT_FALSE(meta.time("c"));
  EXPECT_EQ(meta.time("d"), model::Timestamp{0});
}

TEST(MlflowPoint, HasTwoThreeOrFiveFields)
{
  EXPECT_EQ(parse_mlflow_point("1000 0.5"), (model::MetricPoint{0.5, 0, {1000}}));
  EXPECT_EQ(parse_mlflow_point("1000 -1e-05 -3\r"), (model::MetricPoint{-1e-05, -3, {1000}}));
  EXPECT_EQ(parse_mlflow_point("1000 2 7 my data 12ab"), (model::MetricPoint{2, 7, {1000}}));
  EXPECT_TRUE(std::isnan(parse_mlflow_point("1000 nan 1")->value));
  EXPECT_EQ(parse_mlflow_point("1000 -inf 1")->value, -HUGE_VAL);
}

TEST(MlflowPoint, AnythingElseIsNone)
{
  for (const char* line : {"", "1000", "x 0.5 1", "1000 x 1", "1000 0.5 x", "-1 0.5 1",
                           "1000 0.5 1 data", "1000  0.5", "1e3 0.5 1", "1000 0.5 1.5"}) {
    EXPECT_FALSE(parse_mlflow_point(line)) << line;
  }
}

TEST(MlflowPoint, OfAModelNamesItsRunAndDataset)
{
  const auto plain = parse_mlflow_model_point("m", "1000 0.5 2 abc");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->run, "abc");
  EXPECT_EQ(plain->dataset_name, "");
  const auto full = parse_mlflow_model_point("m", "1000 0.5 2 None a b c dig");
  ASSERT_TRUE(full);
  EXPECT_EQ(full->run, "");
  EXPECT_EQ(full->dataset_name, "a b c");
  EXPECT_EQ(full->dataset_fingerprint, "dig");
  EXPECT_FALSE(parse_mlflow_model_point("m", "1000 0.5 2"));
  EXPECT_FALSE(parse_mlflow_model_point("m", "1000 0.5 2 abc data"));
}

TEST(MlflowStatus, IsANameOrANumber)
{
  EXPECT_EQ(format::parse_mlflow_status("3"), model::RunStatus::finished);
  EXPECT_EQ(format::parse_mlflow_status("KILLED"), model::RunStatus::killed);
  EXPECT_EQ(format::parse_mlflow_status("SCHEDULED"), model::RunStatus::running);
  EXPECT_FALSE(format::parse_mlflow_status("6"));
  EXPECT_EQ(format::parse_mlflow_model_status("2"), model::ModelStatus::ready);
  EXPECT_FALSE(format::parse_mlflow_model_status(""));
}

}  // namespace
}  // namespace mlrepro
