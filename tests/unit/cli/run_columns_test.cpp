// SPDX-License-Identifier: Apache-2.0
#include "cli/run_columns.hpp"

#include <gmock/gmock.h>

#include "cli/render.hpp"

namespace mlrepro::cli {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;
using ::testing::StartsWith;

model::Run make_run(const std::string& name, double rmse)
{
  model::Run run;
  run.id = model::RunId::from_bytes({1});
  run.name = name;
  run.experiment = "orders";
  run.status = model::RunStatus::finished;
  run.exit_code = 0;
  run.started_at = {1'764'300'000'123};
  run.ended_at = model::Timestamp{1'764'300'001'623};
  run.code.commit = std::string(40, 'c');
  run.params["lr"] = {"0.1", "argv"};
  run.metrics["rmse"].add({rmse, 0, {}});
  run.metrics["system/cpu_percent"].add({99, 0, {}});
  run.tags["note"] = "a \"b\", c";
  run.inputs.resize(1);
  run.inputs[0].path = "data/a.csv";
  run.inputs[0].snapshot = model::Digest();
  run.environment.emplace();
  run.environment->packages = {{"numpy", "1.26.4", ""}};
  return run;
}

TEST(RunColumns, HaveARoundedAndAnExactText)
{
  const model::Run run = make_run("r", 0.1234567891);
  const std::vector<std::tuple<std::string, std::string, std::string>> cases = {
      {"metrics.rmse", "0.123457", "0.1234567891"},
      {"rmse", "0.123457", "0.1234567891"},
      {"params.lr", "0.1", "0.1"},
      {"lr", "0.1", "0.1"},
      {"tags.lr", "", ""},
      {"id", run.id.str().substr(0, 8), run.id.str()},
      {"code.commit", std::string(12, 'c'), std::string(40, 'c')},
      {"duration_s", "1.5", "1.5"},
      {"inputs.data/a.csv", std::string(12, '0'), std::string(64, '0')},
      {"outputs.data/a.csv", "", ""},
      {"environment.numpy", "1.26.4", "1.26.4"},
      {"environment.torch", "", ""},
      {"level.proven", "", ""}};
  for (const auto& [column, rounded, exact] : cases) {
    EXPECT_EQ(column_cell(run, column).text, rounded) << column;
    EXPECT_EQ(exact_column_text(run, column), exact) << column;
  }
  EXPECT_EQ(column_heading("metrics.rmse"), "rmse");
  EXPECT_EQ(column_heading("code.commit"), "code.commit");
  EXPECT_TRUE(needs_details("environment.numpy"));
}

TEST(RunColumns, LeaveOutWhatRunsUsedOfTheirMachines)
{
  const std::vector<model::Run> runs = {make_run("a", 1), make_run("b", 2)};
  EXPECT_THAT(usual_columns(runs), Contains("metrics.rmse"));
  EXPECT_THAT(usual_columns(runs), Not(Contains(StartsWith("metrics.system/"))));
  EXPECT_THAT(all_columns(runs), Contains("params.lr"));
  EXPECT_THAT(all_columns(runs), Not(Contains(StartsWith("metrics.system/"))));
}

TEST(RunsToCsv, QuotesWhatHasToBe)
{
  EXPECT_EQ(runs_to_csv({make_run("x\ny", 2)}, {"name", "metrics.rmse", "tags.note", "note"}),
            "name,metrics.rmse,tags.note,note\n\"x\ny\",2,\"a \"\"b\"\", c\",\n");
  EXPECT_EQ(runs_to_csv({}, {"name"}), "name\n");
}

TEST(GroupedRuns, StandUnderTheirValue)
{
  std::vector<model::Run> runs = {make_run("a", 1), make_run("b", 2), make_run("c", 3)};
  runs[1].experiment = "sales";
  EXPECT_EQ(render_grouped_runs(runs, "experiment", {"name", "rmse"}, Style::plain),
            "experiment orders  2 runs\n"
            "name  rmse\n"
            "a        1\n"
            "c        3\n"
            "\n"
            "experiment sales  1 run\n"
            "name  rmse\n"
            "b        2\n");
}

}  // namespace
}  // namespace mlrepro::cli
