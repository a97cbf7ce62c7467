// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/reproduction_reader.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "mlrepro/format/documents.hpp"
#include "support/expect_error.hpp"

namespace mlrepro::format {
namespace {

const model::RunId k_run = *model::RunId::parse("0123456789abcdef0123456789abcdef");

model::Digest digest(char fill)
{
  return *model::Digest::parse(std::string(64, fill));
}

model::MetricCheck full_metric()
{
  model::MetricCheck check;
  check.key = "rmse \"x\"";
  check.recorded = 0.1;
  check.replayed = std::numeric_limits<double>::quiet_NaN();
  check.absolute = std::numeric_limits<double>::infinity();
  check.tolerance = {0.5, 1e-9};
  check.status = model::MetricStatus::within_noise;
  check.rule = {"rmse*", {0.5, 1e-9}, model::Direction::lower_is_better, -1.0, 2.5, true};
  check.reason = "within 0.5";
  check.noise = model::Noise{{3, 0.1, 0.01, 0.09, 0.11, 1}, {2, 0.2, 0, 0.2, 0.2, 2}, 0.03};
  return check;
}

model::OutputCheck full_output()
{
  model::FileCheck file;
  file.path = "a.csv";
  file.status = model::CheckStatus::within_tolerance;
  file.ignored = {"time"};
  file.reasons = {"row 2"};
  file.rows = model::RowsCheck{
      10, 11, 1, 0, 1, 0.5, 0.1, {"row 2", "x", "1", "1.5"}, {{"row 2", "x", "1", "1.5"}}};
  model::OutputCheck check;
  check.path = "out";
  check.recorded = digest('a');
  check.status = model::CheckStatus::varies;
  check.ignored = {"time"};
  check.reasons = {"differs"};
  check.files = {file};
  check.files_not_the_same = 3;
  check.ruled = true;
  return check;
}

model::Reproduction full()
{
  model::Reproduction all;
  all.run = k_run;
  all.run_name = "brave-otter";
  all.replay = k_run;
  all.replay_name = "calm-lynx";
  all.replays = {{k_run, "calm-lynx"}, {k_run, "calm-lynx.2"}};
  all.repeats = 2;
  all.deterministic = false;
  all.causes = {"no seed"};
  all.verdict = model::Verdict::passed;
  all.gate = model::Gate::yes;
  all.reasons = {"better"};
  all.levels = {{model::Level::data, model::CheckStatus::differs, {"an input"}}};
  all.metrics = {full_metric(), model::MetricCheck{}};
  all.outputs = {full_output(), model::OutputCheck{}};
  all.environment.policy = model::EnvironmentPolicy::rebuild;
  all.environment.differences = {{"package numpy", "1.0", std::nullopt, model::Impact::high}};
  all.environment.rebuilt = model::RebuiltEnvironment{"/env", "uv", true, {"no wheel"}};
  all.isolation = {true, true, {"/data/x.csv"}, {"10.0.0.7:5432"}};
  all.proven = model::Level::environment;
  all.duration_s = 1.25;
  return all;
}

TEST(ReproductionReader, ReadsBackWhatWasWritten)
{
  const std::string text = to_json(full());
  const model::Reproduction read = read_reproduction(text);
  EXPECT_EQ(to_json(read), text);
  EXPECT_EQ(read.run_name, "brave-otter");
  EXPECT_EQ(read.replay_name, "calm-lynx");
  EXPECT_EQ(read.metrics[0].rule, full_metric().rule);
  EXPECT_TRUE(read.outputs[0].ruled);
}

TEST(ReproductionReader, ReadsBackOneThatCouldNotBeJudged)
{
  model::Reproduction none;
  none.run = k_run;
  none.reasons = {"no input"};
  const std::string text = to_json(none);
  EXPECT_EQ(to_json(read_reproduction(text)), text);
}

TEST(ReproductionReader, ReadsBackAWhatIf)
{
  model::WhatIf answer;
  answer.run = k_run;
  answer.run_name = "north";
  answer.replay = k_run;
  answer.replay_name = "south";
  answer.outcome = model::ReplayOutcome::failed;
  answer.reasons = {"exit code 3"};
  answer.changes = {{"parameter x", "1", "2"}};
  answer.metrics = {{"m", 1.0, std::nullopt, std::nullopt, std::nullopt, false}};
  model::DataDiff output;
  output.path = "out";
  output.a = digest('b');
  output.same = true;
  answer.outputs = {output};
  answer.duration_s = 2;
  const std::string text = what_ifs_to_json({{answer}});
  EXPECT_EQ(what_ifs_to_json({{read_what_if(text)}}), text);
}

TEST(ReproductionReader, RefusesWhatIsSomethingElse)
{
  const std::string text = to_json(full());
  testing::expect_error(model::ErrorKind::corrupt, ::testing::HasSubstr("can't be read"),
                        [&] { (void)read_reproduction("{}"); });
  testing::expect_error(model::ErrorKind::corrupt, ::testing::HasSubstr("can't be read"),
                        [&] { (void)read_reproduction(text.substr(0, text.size() / 2)); });
  std::string other = text;
  other.replace(other.find("within_noise"), 12, "within_nouse");
  testing::expect_error(model::ErrorKind::corrupt, ::testing::HasSubstr("can't be read"),
                        [&] { (void)read_reproduction(other); });
}

}  // namespace
}  // namespace mlrepro::format
