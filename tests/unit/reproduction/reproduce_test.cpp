// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/reproduction/reproduce.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "mlrepro/plan/paths.hpp"
#include "support/error_of.hpp"
#include "support/packed_samples.hpp"
#include "support/scripted_environment_builder.hpp"
#include "support/use_case_world.hpp"

namespace mlrepro::reproduction {
namespace {

using model::CheckStatus;
using model::Reproduction;
using model::Verdict;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

class Reproduce : public ::testing::Test {
 protected:
  Reproduce()
  {
    world_.files.add_file("/p/data.csv", "1\n2\n");
    world_.source.ignore("data.csv");
    recording_.command = {"python3", "train.py", "--lr", "0.1"};
    recording_.top = "/p";
    recording_.cwd = "/p";
    recording_.store = "/p/.mlrepro";
    recording_.experiment = "p";
    recording_.inputs = {"data.csv"};
    recording_.outputs = {"model.txt"};
  }

  // A command that reads an input and writes an output and a metric, seen from its folder.
  void script(const std::string& weights, double loss, int code = 0)
  {
    auto scripted = testing::exits_with(code);
    scripted.action = [this, weights, loss](const ports::ProcessRequest& process) {
      world_.files.add_file(output_of(process), weights);
      for (const auto& [name, value] : process.set_variables) {
        if (name == "MLREPRO_METRICS") {
          world_.live.write_metrics(
              value, "{\"metric\":\"loss\",\"value\":" + std::to_string(loss) + "}\n");
        }
      }
      world_.clock.advance_ms(1000);
    };
    world_.processes.add(scripted);
  }
  // The argument behind "--out", else model.txt.
  static std::string output_of(const ports::ProcessRequest& process)
  {
    const auto flag = std::find(process.argv.begin(), process.argv.end(), "--out");
    return plan::join_path(process.cwd, flag == process.argv.end() ? "model.txt" : *(flag + 1));
  }
  model::Run record() { return tracking::run_command(world_.ports, recording_).run.value(); }
  Reproduction replay(const model::Run& run)
  {
    ReproduceRequest request;
    request.run = run;
    request.scratch = "/scratch";
    request.store = "/p/.mlrepro";
    request.top = "/p";
    request.user = "you";
    request.host = "there";
    request.tolerances = tolerances_;
    request.show_output = false;
    request.environment = policy_;
    request.search_path = "/usr/bin:/bin";
    request.repeat = repeat_;
    return reproduce(world_.ports, builder_, request);
  }
  static std::string statuses(const Reproduction& result)
  {
    std::string text;
    for (const model::LevelCheck& check : result.levels) {
      text += (text.empty() ? "" : " ") + std::string(model::to_string(check.status));
    }
    return text;
  }
  const ports::ProcessRequest& replayed() { return world_.processes.requests().at(1); }

  testing::UseCaseWorld world_;
  tracking::RunRequest recording_;
  std::vector<plan::ToleranceRule> tolerances_;
  testing::ScriptedEnvironmentBuilder builder_;
  model::EnvironmentPolicy policy_ = model::EnvironmentPolicy::check;
  std::size_t repeat_ = 1;
};

TEST_F(Reproduce, TheSameResultFromTheStoreAlone)
{
  script("w", 0.5);
  script("w", 0.5);
  const model::Run run = record();
  world_.add_code("train.py", "raise SystemExit\n");
  world_.files.add_file("/p/data.csv", "other\n");
  world_.files.add_file("/p/model.txt", "other weights");
  const Reproduction result = replay(run);
  EXPECT_EQ(result.verdict, Verdict::reproduced);
  EXPECT_EQ(statuses(result), "same same same same same");
  EXPECT_EQ(result.proven, model::Level::evaluation);
  EXPECT_EQ(result.duration_s, 1);
  EXPECT_EQ(replayed().cwd, "/scratch/code");
  EXPECT_TRUE(replayed().discard_output);
  EXPECT_TRUE(replayed().empty_input);
  EXPECT_EQ(world_.files.content("/scratch/code/train.py"), "print(1)\n");
  EXPECT_EQ(world_.files.content("/scratch/code/data.csv"), "1\n2\n");
  EXPECT_EQ(world_.files.content("/p/data.csv"), "other\n");
  EXPECT_EQ(world_.files.content("/p/model.txt"), "other weights");
  const model::Run twin = ports::find_run(world_.runs, result.replay.value()).value();
  EXPECT_EQ(twin.parent, run.id);
  EXPECT_EQ(twin.user, "you");
  EXPECT_EQ(twin.code, run.code);
  ASSERT_THAT(world_.runs.proofs(), SizeIs(1));
  EXPECT_EQ(world_.runs.proofs()[0].level, model::Level::evaluation);
  EXPECT_EQ(ports::find_run(world_.runs, run.id)->proven, model::Level::evaluation);
}

TEST_F(Reproduce, AnotherResultDiffers)
{
  script("w", 0.5);
  script("other", 0.6);
  const Reproduction result = replay(record());
  EXPECT_EQ(result.verdict, Verdict::differs);
  EXPECT_EQ(statuses(result), "same same same same differs");
  EXPECT_EQ(result.proven, model::Level::none);
  EXPECT_EQ(result.metrics.at(0).status, model::MetricStatus::differs);
  EXPECT_EQ(result.outputs.at(0).status, CheckStatus::differs);
  EXPECT_EQ(world_.runs.proofs().at(0).verdict, "differs");
}

TEST_F(Reproduce, ATolerancePermitsALittle)
{
  tolerances_ = {plan::parse_tolerance("loss=abs:0.2")};
  recording_.outputs = {};
  script("w", 0.5);
  script("w", 0.6);
  EXPECT_EQ(replay(record()).verdict, Verdict::reproduced);
}

TEST_F(Reproduce, EachOfSeveralReplaysIsRecordedInAFolderOfItsOwn)
{
  for (const double loss : {0.5, 0.52, 0.49, 0.51}) {
    script("w", loss);
  }
  repeat_ = 3;
  const model::Run run = record();
  const Reproduction result = replay(run);
  EXPECT_EQ(result.verdict, Verdict::reproduced);
  EXPECT_EQ(result.metrics.at(0).status, model::MetricStatus::within_noise);
  EXPECT_EQ(result.deterministic, false);
  ASSERT_THAT(result.replays, SizeIs(3));
  EXPECT_EQ(ports::find_run(world_.runs, result.replays[2].id)->parent, run.id);
  EXPECT_EQ(replayed().cwd, "/scratch/1/code");
  EXPECT_EQ(world_.processes.requests().at(3).cwd, "/scratch/3/code");
  EXPECT_THAT(world_.runs.proofs(), SizeIs(3));
}

TEST_F(Reproduce, NoMoreReplaysAfterOneThatFails)
{
  script("w", 0.5);
  script("w", 0.5);
  script("w", 0.5, 1);
  repeat_ = 5;
  const Reproduction result = replay(record());
  EXPECT_EQ(result.verdict, Verdict::failed);
  EXPECT_THAT(result.reasons, Contains(HasSubstr("exit code 1 in replay 2 of 2")));
}

TEST_F(Reproduce, OutputsAreComparedByWhatTheySay)
{
  script(testing::gzip_of("weights", {1, "a"}), 0.5);
  script(testing::gzip_of("weights", {2, "a"}), 0.5);
  const Reproduction result = replay(record());
  EXPECT_EQ(result.verdict, Verdict::reproduced);
  EXPECT_EQ(result.outputs.at(0).status, CheckStatus::same_content);
  EXPECT_THAT(result.outputs[0].ignored, ElementsAre("the time in the gzip header"));
  EXPECT_THAT(result.reasons,
              Contains("output 'model.txt': the same content; not counted: the time in the gzip "
                       "header"));
}

TEST_F(Reproduce, OutputsOfWhichOnlyTheIdentityIsKeptAreTheirBytes)
{
  recording_.keep = model::Level::environment;
  script(testing::gzip_of("weights", {1, "a"}), 0.5);
  script(testing::gzip_of("weights", {2, "a"}), 0.5);
  const Reproduction result = replay(record());
  EXPECT_EQ(result.verdict, Verdict::differs);
  EXPECT_THAT(result.outputs.at(0).reasons, ElementsAre(HasSubstr("not kept")));
}

TEST_F(Reproduce, AReplayThatFailsIsNoResult)
{
  script("w", 0.5);
  script("w", 0.5, 1);
  const Reproduction result = replay(record());
  EXPECT_EQ(result.verdict, Verdict::failed);
  EXPECT_THAT(result.reasons, Contains(HasSubstr("exit code 1")));
}

TEST_F(Reproduce, WithoutEvidenceNothingCanBeCompared)
{
  recording_.outputs = {};
  world_.processes.add(testing::exits_with(0));
  world_.processes.add(testing::exits_with(0));
  EXPECT_EQ(replay(record()).verdict, Verdict::incomparable);
}

TEST_F(Reproduce, AnotherEnvironmentIsSaidBeforeAndJudgedAfter)
{
  script("w", 0.5);
  script("w", 0.5);
  const model::Run run = record();
  world_.probe.environment.packages = {{"numpy", "2.0", "dist-info"}};
  const Reproduction result = replay(run);
  EXPECT_EQ(result.verdict, Verdict::reproduced) << "the results are the same all the same";
  EXPECT_EQ(statuses(result), "same same same differs same");
  EXPECT_EQ(result.proven, model::Level::data);
  EXPECT_THAT(world_.reporter.warnings, Contains("environment: package numpy was 1.0, is 2.0"));
}

TEST_F(Reproduce, StrictlyAnotherEnvironmentForbidsTheReplay)
{
  script("w", 0.5);
  const model::Run run = record();
  world_.probe.environment.packages = {{"numpy", "2.0", "dist-info"}};
  policy_ = model::EnvironmentPolicy::strict;
  const Reproduction result = replay(run);
  EXPECT_EQ(result.verdict, Verdict::blocked);
  EXPECT_THAT(result.reasons, ElementsAre("environment: package numpy was 1.0, is 2.0"));
  EXPECT_THAT(world_.processes.requests(), SizeIs(1));
}

TEST_F(Reproduce, StrictlyWhatShowsOnlyLaterIsIncomparable)
{
  script("w", 0.5);
  auto shell = testing::exits_with(0);
  shell.action = [this](const ports::ProcessRequest& process) {
    world_.files.add_file(output_of(process), "w");
    world_.probe.environment.interpreter = model::Interpreter{"python", "3.12.0", "/opt/python3"};
  };
  recording_.command = {"python3", "train.py"};
  const model::Run run = record();
  world_.processes.add(shell);
  // Before the start nobody can tell which interpreter the command will find.
  world_.probe.environment.interpreter.reset();
  world_.probe.environment.packages.clear();
  policy_ = model::EnvironmentPolicy::strict;
  EXPECT_EQ(replay(run).verdict, Verdict::incomparable);
}

TEST_F(Reproduce, AnIgnoredEnvironmentProvesNothingAboutIt)
{
  script("w", 0.5);
  script("w", 0.5);
  const model::Run run = record();
  world_.probe.environment.packages = {{"numpy", "2.0", "dist-info"}};
  policy_ = model::EnvironmentPolicy::ignore;
  const Reproduction result = replay(run);
  EXPECT_EQ(statuses(result), "same same same skipped same");
  EXPECT_EQ(result.proven, model::Level::data);
  EXPECT_THAT(result.environment.differences, IsEmpty());
  EXPECT_THAT(world_.reporter.warnings, IsEmpty());
}

TEST_F(Reproduce, ARebuiltEnvironmentIsWhereTheCommandRuns)
{
  script("w", 0.5);
  script("w", 0.5);
  const model::Run run = record();
  world_.files.add_file("/cache/e/bin/python3", "", true);
  builder_.answer.gaps = {"mine 0.1: not in the record"};
  policy_ = model::EnvironmentPolicy::rebuild;
  const Reproduction result = replay(run);
  EXPECT_EQ(result.verdict, Verdict::reproduced);
  EXPECT_EQ(replayed().program, "/cache/e/bin/python3");
  EXPECT_THAT(replayed().set_variables, Contains(Pair("PATH", "/cache/e/bin:/usr/bin:/bin")));
  EXPECT_THAT(replayed().set_variables, Contains(Pair("VIRTUAL_ENV", "/cache/e")));
  EXPECT_EQ(result.environment.rebuilt->folder, "/cache/e");
  EXPECT_THAT(world_.reporter.warnings, Contains("not rebuilt: mine 0.1: not in the record"));
  ASSERT_THAT(builder_.asked, SizeIs(1));
  EXPECT_EQ(builder_.asked[0].packages, run.environment->packages);
}

TEST_F(Reproduce, TheInterpreterOfARecordedVirtualEnvironmentIsReplaced)
{
  world_.files.add_file("/venv/bin/python", "", true);
  world_.processes.set_program("/venv/bin/python", "/venv/bin/python");
  recording_.command = {"/venv/bin/python", "train.py"};
  world_.probe.environment.interpreter = model::Interpreter{"python", "3.11.2", "/venv/bin/python"};
  script("w", 0.5);
  script("w", 0.5);
  const model::Run run = record();
  world_.files.add_file("/cache/e/bin/python", "", true);
  policy_ = model::EnvironmentPolicy::rebuild;
  replay(run);
  EXPECT_EQ(replayed().program, "/cache/e/bin/python");
  EXPECT_EQ(replayed().argv.front(), "/cache/e/bin/python") << "or it finds no pyvenv.cfg";
}

TEST_F(Reproduce, WhatCannotBeRebuiltBlocks)
{
  script("w", 0.5);
  const model::Run run = record();
  builder_.failure = model::Error(model::ErrorKind::external, "no package can be installed");
  policy_ = model::EnvironmentPolicy::rebuild;
  const Reproduction result = replay(run);
  EXPECT_EQ(result.verdict, Verdict::blocked);
  EXPECT_THAT(result.reasons, ElementsAre("no package can be installed"));
}

TEST_F(Reproduce, TheRecordedVariablesHold)
{
  world_.probe.environment.variables = {{"OMP_NUM_THREADS", "2"}, {"MY_TOKEN", "***"}};
  script("w", 0.5);
  script("w", 0.5);
  const model::Run run = record();
  world_.probe.environment.variables = {{"OMP_NUM_THREADS", "8"}, {"PYTHONHASHSEED", "0"}};
  replay(run);
  EXPECT_THAT(replayed().set_variables, Contains(Pair("OMP_NUM_THREADS", "2")));
  for (const auto& [name, value] : replayed().set_variables) {
    EXPECT_NE(name, "MY_TOKEN") << "its value is not known";
  }
  EXPECT_THAT(replayed().unset_variables, ElementsAre("PYTHONHASHSEED"));
}

TEST_F(Reproduce, ASeedIsTheSameAgain)
{
  recording_.seed = 42;
  script("w", 0.5);
  script("w", 0.5);
  replay(record());
  EXPECT_THAT(replayed().set_variables, Contains(Pair("MLREPRO_SEED", "42")));
}

class BlockedReproduction : public Reproduce {
 protected:
  void expect_blocked(const model::Run& run, const std::string& reason)
  {
    const std::size_t ran = world_.processes.requests().size();
    const Reproduction result = replay(run);
    EXPECT_EQ(result.verdict, Verdict::blocked);
    EXPECT_THAT(result.reasons, Contains(HasSubstr(reason)));
    EXPECT_EQ(statuses(result), "skipped skipped skipped skipped skipped");
    EXPECT_FALSE(result.replay);
    EXPECT_EQ(world_.processes.requests().size(), ran);
    EXPECT_THAT(world_.runs.proofs(), IsEmpty());
  }
};

TEST_F(BlockedReproduction, OfWhatTheRecordDoesNotHave)
{
  script("w", 0.5);
  const model::Run run = record();
  model::Run changed = run;
  changed.status = model::RunStatus::running;
  expect_blocked(changed, "has not ended yet");
  changed = run;
  changed.code.digest.reset();
  expect_blocked(changed, "code: the record has no code");
  changed = run;
  changed.inputs[0].stored = false;
  expect_blocked(changed, "input 'data.csv' is not stored");
  changed = run;
  changed.inputs[0].snapshot.reset();
  expect_blocked(changed, "input 'data.csv' is not stored");
  changed = run;
  changed.command.emplace_back("--password=***");
  expect_blocked(changed, "held a secret");
}

TEST_F(BlockedReproduction, OfAllReasonsAtOnce)
{
  script("w", 0.5);
  model::Run run = record();
  run.code.digest.reset();
  run.inputs[0].stored = false;
  EXPECT_THAT(replay(run).reasons, SizeIs(2));
}

TEST_F(BlockedReproduction, NotByDamageWhichIsAnErrorOfItsOwn)
{
  script("w", 0.5);
  const model::Run run = record();
  const auto expect_damage = [&](const std::string& message) {
    const auto error = testing::error_of([&] { (void)replay(run); });
    EXPECT_EQ(error.kind(), model::ErrorKind::corrupt);
    EXPECT_THAT(error.message(), HasSubstr(message));
    world_.files.remove("/scratch");
  };
  world_.stored.damage(world_.digester.digest("1\n2\n"));
  expect_damage("does not match its name");
  world_.stored.remove(world_.digester.digest("1\n2\n"));
  expect_damage("not in the store");
  world_.stored.remove(*run.code.digest);
  expect_damage("folder '.'");
}

TEST_F(BlockedReproduction, OfAProgramThatIsNotThere)
{
  script("w", 0.5);
  model::Run run = record();
  run.command[0] = "python9";
  expect_blocked(run, "'python9' is not there");
}

class MovedReproduction : public Reproduce {
 protected:
  MovedReproduction()
  {
    script("w", 0.5);
    script("w", 0.5);
  }
};

TEST_F(MovedReproduction, AnInputFromOutsideTheProject)
{
  world_.files.add_file("/shared/sales/a.csv", "1\n");
  recording_.inputs = {"/shared/sales"};
  recording_.command = {"python3",
                        "train.py",
                        "/shared/sales/a.csv",
                        "--data=/shared/sales",
                        "--other=/shared/salesman",
                        "--up",
                        "../shared/sales/a.csv"};
  const model::Run run = record();
  world_.files.add_file("/shared/sales/a.csv", "other\n");
  const Reproduction result = replay(run);
  EXPECT_EQ(result.verdict, Verdict::reproduced);
  EXPECT_EQ(statuses(result), "same same same same same");
  const std::string copy = "/scratch/outside/1/sales";
  EXPECT_EQ(replayed().argv,
            (std::vector<std::string>{"python3", "train.py", copy + "/a.csv", "--data=" + copy,
                                      "--other=/shared/salesman", "--up", copy + "/a.csv"}));
  EXPECT_EQ(world_.files.content(copy + "/a.csv"), "1\n");
  EXPECT_EQ(world_.files.content("/shared/sales/a.csv"), "other\n");
}

TEST_F(MovedReproduction, AnOutputOutsideTheProjectIsNotTouched)
{
  recording_.outputs = {"/results/model.txt"};
  recording_.command = {"python3", "train.py", "--out", "/results/model.txt"};
  const model::Run run = record();
  world_.files.add_file("/results/model.txt", "precious");
  const Reproduction result = replay(run);
  EXPECT_EQ(world_.files.content("/results/model.txt"), "precious")
      << "only the scratch folder is written";
  EXPECT_EQ(result.verdict, Verdict::reproduced);
  EXPECT_EQ(statuses(result), "same same same same same");
  EXPECT_EQ(result.outputs.at(0).path, "/results/model.txt");
  EXPECT_TRUE(world_.files.exists(plan::join_path(replayed().argv.at(3), "..")))
      << "its folder is there to write to";
}

TEST_F(MovedReproduction, AbsolutePathsInTheProject)
{
  recording_.command = {"python3", "/p/train.py", "--out", "/p/model.txt", "--data=/p/data.csv"};
  const Reproduction result = replay(record());
  EXPECT_EQ(replayed().argv,
            (std::vector<std::string>{"python3", "/scratch/code/train.py", "--out",
                                      "/scratch/code/model.txt", "--data=/scratch/code/data.csv"}));
  EXPECT_EQ(statuses(result), "same same same same same");
}

TEST_F(MovedReproduction, ACommandInASubfolder)
{
  world_.add_code("sub/train.py", "print(2)\n");
  world_.source.stage("sub/train.py");
  recording_.cwd = "/p/sub";
  recording_.inputs = {"../data.csv"};
  const model::Run run = record();
  EXPECT_EQ(run.inputs[0].path, "data.csv");
  EXPECT_EQ(replay(run).verdict, Verdict::reproduced);
  EXPECT_EQ(replayed().cwd, "/scratch/code/sub");
  EXPECT_EQ(run.outputs[0].path, "sub/model.txt");
}

TEST_F(MovedReproduction, AnInterpreterInTheProjectThatGitIgnores)
{
  world_.files.add_file("/p/venv/bin/python", "", true);
  world_.processes.set_program("venv/bin/python", "/p/venv/bin/python");
  recording_.command = {"venv/bin/python", "train.py"};
  const model::Run run = record();
  replay(run);
  EXPECT_EQ(replayed().program, "/p/venv/bin/python");
}

TEST_F(MovedReproduction, ParameterFilesAreReadFromTheCopy)
{
  world_.add_code("params.yaml", "depth: 6\n");
  recording_.param_files = {"params.yaml"};
  recording_.params = {{"rate", "1"}};
  const model::Run run = record();
  world_.add_code("params.yaml", "depth: 7\n");
  EXPECT_EQ(statuses(replay(run)), "same same same same same");
}

}  // namespace
}  // namespace mlrepro::reproduction
