// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/tracking/run_command.hpp"

#include <gmock/gmock.h>

#include "mlrepro/tracking/seal_run.hpp"
#include "mlrepro/versioning/tree_reader.hpp"
#include "support/error_of.hpp"
#include "support/use_case_world.hpp"

namespace mlrepro::tracking {
namespace {

using model::ErrorKind;
using model::Level;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;

class RunCommand : public ::testing::Test {
 protected:
  RunCommand()
  {
    request_.command = {"python3", "train.py", "--lr", "0.1"};
    request_.top = "/p";
    request_.cwd = "/p";
    request_.store = "/p/.mlrepro";
    request_.experiment = "p";
    request_.user = "me";
    request_.host = "here";
  }
  RunOutcome run() { return run_command(world_.ports, request_); }
  model::Run recorded() { return run().run.value(); }
  // What the command does while it runs.
  void script(std::function<void(const ports::ProcessRequest&)> action, int code = 0)
  {
    auto scripted = testing::exits_with(code);
    scripted.action = std::move(action);
    world_.processes.add(scripted);
  }
  static std::string variable(const ports::ProcessRequest& process, const std::string& name)
  {
    for (const auto& [key, value] : process.set_variables) {
      if (key == name) {
        return value;
      }
    }
    return "(unset)";
  }
  void log_metric(const ports::ProcessRequest& process, const std::string& line)
  {
    world_.live.write_metrics(variable(process, "MLREPRO_METRICS"), line + "\n");
  }
  void add_data() { world_.files.add_file("/p/data.csv", "1\n2\n"); }

  testing::UseCaseWorld world_;
  RunRequest request_;
};

TEST_F(RunCommand, RecordsAllThatARunIs)
{
  add_data();
  world_.source.ignore("data.csv");
  world_.files.add_file("/p/params.yaml", "model:\n  depth: 6\n  rate: 1\n");
  world_.source.ignore("params.yaml");
  request_.inputs = {"data.csv"};
  request_.outputs = {"model.txt"};
  request_.metric_files = {"scores.json"};
  request_.param_files = {"params.yaml:model"};
  request_.params = {{"model.rate", "2"}};
  request_.tags = {{"stage", "dev"}};
  request_.note = "first";
  request_.seed = 7;
  script([&](const ports::ProcessRequest& process) {
    world_.files.add_file("/p/model.txt", "weights");
    world_.files.add_file("/p/scores.json", R"({"auc": 0.9, "name": "x"})");
    log_metric(process, R"({"metric":"loss","value":0.5,"step":3})");
    world_.live.append(*model::RunId::parse(variable(process, "MLREPRO_RUN_ID")),
                       R"({"tag":"t","value":"v"})"
                       "\n");
    world_.clock.advance_ms(1500);
  });
  const model::Run run = recorded();
  EXPECT_EQ(run.status, model::RunStatus::finished);
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_EQ(run.command, request_.command);
  EXPECT_EQ(run.cwd, ".");
  EXPECT_EQ(run.program, "/usr/bin/python3");
  EXPECT_EQ(model::seconds_between(run.started_at, *run.ended_at), 1.5);
  const std::map<std::string, model::Parameter> params = {
      {"lr", {"0.1", "argv"}},
      {"model.depth", {"6", "file:params.yaml:model"}},
      {"model.rate", {"2", "flag"}}};
  EXPECT_EQ(run.params, params);
  EXPECT_THAT(run.metrics, AllOf(Contains(Key("loss")), Contains(Key("auc")), SizeIs(2)));
  EXPECT_EQ(run.metrics.at("loss").step, 3);
  EXPECT_THAT(run.tags, ElementsAre(Pair("stage", "dev"), Pair("t", "v")));
  ASSERT_THAT(run.inputs, SizeIs(1));
  EXPECT_EQ(run.inputs[0].digest, world_.digester.digest("1\n2\n"));
  EXPECT_FALSE(run.inputs[0].changed_during_run);
  ASSERT_THAT(run.outputs, SizeIs(1));
  EXPECT_EQ(run.outputs[0].digest, world_.digester.digest("weights"));
  EXPECT_EQ(run.seed, 7);
  EXPECT_EQ(run.recorded, Level::evaluation);
  EXPECT_EQ(run.environment, world_.probe.environment);
  EXPECT_THAT(run.problems, ElementsAre(HasSubstr("'name' is no number")));
  EXPECT_THAT(world_.live.list(), IsEmpty()) << "the live record went away";
  EXPECT_THAT(world_.probe.observed, SizeIs(1));
}

TEST_F(RunCommand, ContentIsOnDiskBeforeTheRunNamesIt)
{
  add_data();
  request_.inputs = {"data.csv"};
  request_.outputs = {"model.txt"};
  script([&](const ports::ProcessRequest&) { world_.files.add_file("/p/model.txt", "weights"); });
  run();
  EXPECT_THAT(world_.journal,
              ElementsAre("objects.hold", "objects.commit" /* code */, "objects.commit" /* input */,
                          "snapshots.record", "runs.insert", "objects.release",  // start
                          "objects.hold", "objects.commit" /* output */, "snapshots.record",
                          "objects.commit" /* logs */, "runs.seal", "objects.release"));  // end
}

TEST_F(RunCommand, TheCommandKnowsItsRun)
{
  request_.seed = -3;
  request_.command = {"python3", "t.py", "--seed={seed}", "{seed}-{seed}"};
  const model::Run run = recorded();
  const auto& process = world_.processes.requests().at(0);
  EXPECT_EQ(variable(process, "MLREPRO_RUN_ID"), run.id.str());
  EXPECT_EQ(variable(process, "MLREPRO_STORE"), "/p/.mlrepro");
  EXPECT_EQ(variable(process, "MLREPRO_SEED"), "-3");
  EXPECT_EQ(process.argv, (std::vector<std::string>{"python3", "t.py", "--seed=-3", "-3--3"}));
  EXPECT_EQ(run.command, process.argv);
  EXPECT_TRUE(process.logs);
  request_.capture_output = false;
  const model::Run quiet = recorded();
  EXPECT_FALSE(world_.processes.requests().at(1).logs);
  EXPECT_EQ(quiet.logs, model::RunLogs{});
}

TEST_F(RunCommand, IsMeasuredWhereThatIsAskedFor)
{
  const auto first = recorded();
  EXPECT_FALSE(world_.processes.requests().back().resources);
  request_.resources_s = 2.5;
  const auto second = recorded();
  const auto& log = world_.processes.requests().back().resources;
  ASSERT_TRUE(log);
  EXPECT_EQ(log->interval_s, 2.5);
  EXPECT_EQ(log->path, world_.live.paths(second.id).resources);
}

TEST_F(RunCommand, TheOutputIsStored)
{
  auto scripted = testing::exits_with(0, "hello\n");
  scripted.stderr_text = "oops\n";
  world_.processes.add(scripted);
  const model::Run run = recorded();
  EXPECT_EQ(versioning::load_blob(world_.objects, run.logs.stdout_digest.value()), "hello\n");
  EXPECT_EQ(versioning::load_blob(world_.objects, run.logs.stderr_digest.value()), "oops\n");
  EXPECT_EQ(versioning::load_blob(world_.objects, run.logs.index_digest.value()), "0 1 6\n0 2 5\n");
}

TEST_F(RunCommand, EveryEndHasItsStatus)
{
  world_.processes.add(testing::exits_with(3));
  world_.processes.add(testing::killed_by(9));
  auto late = testing::killed_by(15);
  late.result.timed_out = true;
  world_.processes.add(late);
  world_.processes.add(testing::fails_to_start(ports::k_not_executable));
  world_.processes.add(testing::fails_to_start(ports::k_no_such_program));
  model::Run run = recorded();
  EXPECT_EQ(run.status, model::RunStatus::failed);
  EXPECT_EQ(run.exit_code, 3);
  run = recorded();
  EXPECT_EQ(run.status, model::RunStatus::killed);
  EXPECT_EQ(run.signal, 9);
  EXPECT_EQ(recorded().status, model::RunStatus::killed);
  RunOutcome outcome = this->run();
  EXPECT_EQ(outcome.process.start_error, ports::k_not_executable);
  EXPECT_EQ(outcome.run->exit_code, 126);
  EXPECT_THAT(outcome.run->problems, Contains("the command could not be started"));
  EXPECT_EQ(recorded().exit_code, 127);
}

TEST_F(RunCommand, AProgramThatIsNotThereLeavesNoRun)
{
  request_.command = {"pyhton"};
  EXPECT_EQ(run().process.start_error, ports::k_no_such_program);
  world_.files.add_file("/p/script.sh", "");
  request_.command = {"./script.sh"};
  EXPECT_EQ(run().process.start_error, ports::k_not_executable);
  request_.command = {"./absent.sh"};
  EXPECT_EQ(run().process.start_error, ports::k_no_such_program);
  EXPECT_THAT(world_.runs.runs(), IsEmpty());
  EXPECT_THAT(world_.processes.requests(), IsEmpty());
  EXPECT_THAT(world_.live.list(), IsEmpty());
}

class RunCommandRefusals : public RunCommand, public ::testing::WithParamInterface<Strict> {
 protected:
  RunCommandRefusals() { request_.strict = GetParam(); }
  // What the user got wrong stops the command, strict or not.
  model::Error refusal()
  {
    const auto error = error_of([&] { run(); });
    EXPECT_THAT(world_.processes.requests(), IsEmpty()) << "the command ran all the same";
    EXPECT_THAT(world_.runs.runs(), IsEmpty());
    EXPECT_THAT(world_.live.list(), IsEmpty());
    return error;
  }
};

TEST_P(RunCommandRefusals, AMissingInput)
{
  world_.files.add_file("/p/data.csv", "");
  request_.inputs = {"dtaa.csv"};
  const auto error = refusal();
  EXPECT_EQ(error.kind(), ErrorKind::not_found);
  EXPECT_EQ(error.hint(), "did you mean 'data.csv'?");
}

TEST_P(RunCommandRefusals, AMissingOrMalformedParameterFile)
{
  request_.param_files = {"params.yaml"};
  EXPECT_EQ(refusal().kind(), ErrorKind::not_found);
  world_.files.add_file("/p/params.yaml", "a: [1\n");
  EXPECT_EQ(refusal().kind(), ErrorKind::usage);
}

TEST_P(RunCommandRefusals, AParameterNameThatIsNone)
{
  request_.params = {{"", "1"}};
  EXPECT_EQ(refusal().kind(), ErrorKind::usage);
}

TEST_P(RunCommandRefusals, ADirtyTreeThatHasToBeClean)
{
  request_.require_clean = true;
  world_.add_code("train.py", "changed\n");
  const auto error = refusal();
  EXPECT_EQ(error.kind(), ErrorKind::conflict);
  EXPECT_THAT(error.message(), HasSubstr("'train.py' (modified)"));
}

TEST_P(RunCommandRefusals, NoRepositoryWhereTheTreeHasToBeClean)
{
  request_.require_clean = true;
  request_.top = request_.cwd = "/elsewhere";
  world_.files.add_folder("/elsewhere");
  EXPECT_EQ(refusal().kind(), ErrorKind::conflict);
}

TEST_P(RunCommandRefusals, ARepositoryThatCanNotBeReadIsNotClean)
{
  request_.require_clean = true;
  world_.source.failure = "open repository '/p': corrupt";
  EXPECT_THAT(refusal().message(), HasSubstr("corrupt"));
}

INSTANTIATE_TEST_SUITE_P(, RunCommandRefusals, ::testing::Values(Strict::no, Strict::yes),
                         [](const auto& kind) {
                           return kind.param == Strict::yes ? "Strict" : "Lenient";
                         });

TEST_F(RunCommand, ACleanTreeIsClean)
{
  request_.require_clean = true;
  request_.outputs = {"out"};
  world_.add_code("out/model.txt", "from an earlier run");
  EXPECT_FALSE(recorded().code.dirty) << "outputs are no code";
}

// Something goes wrong before the start that is not the user's doing. `expected` is what the
// warning says; the record is complete but for that, or absent where `recorded` is false.
struct Trouble {
  const char* name;
  std::function<void(testing::UseCaseWorld&)> prepare;
  bool recorded;
  const char* expected;
};

class RunCommandTrouble : public RunCommand, public ::testing::WithParamInterface<Trouble> {
 protected:
  std::vector<model::RunId> live_records_after_the_next_command();

  RunCommandTrouble()
  {
    add_data();
    world_.source.ignore("data.csv");
    request_.inputs = {"data.csv"};
    GetParam().prepare(world_);
  }
};

// A commit that failed may be there after all, so that its live record waits for the next command.
std::vector<model::RunId> RunCommandTrouble::live_records_after_the_next_command()
{
  for (const model::RunId& id : world_.live.list()) {
    world_.live.abandon(id, ports::Liveness::ended);
  }
  heal_runs(world_.ports);
  return world_.live.list();
}

TEST_P(RunCommandTrouble, IsAWarningAndTheCommandRuns)
{
  const RunOutcome outcome = run();
  EXPECT_EQ(outcome.process.exit_code, 0);
  EXPECT_THAT(world_.processes.requests(), SizeIs(1));
  EXPECT_THAT(world_.reporter.warnings, Contains(HasSubstr(GetParam().expected)));
  ASSERT_EQ(outcome.run.has_value(), GetParam().recorded);
  EXPECT_THAT(live_records_after_the_next_command(), IsEmpty());
  if (outcome.run) {
    EXPECT_THAT(outcome.run->problems, Contains(HasSubstr(GetParam().expected)))
        << "the record says so";
  } else {
    EXPECT_EQ(variable(world_.processes.requests()[0], "MLREPRO_RUN_ID"), "(unset)");
    EXPECT_FALSE(world_.processes.requests()[0].logs);
  }
}

TEST_P(RunCommandTrouble, StopsAStrictRunBeforeItStarts)
{
  request_.strict = Strict::yes;
  (void)error_of([&] { run(); });
  EXPECT_THAT(world_.processes.requests(), IsEmpty());
  EXPECT_THAT(world_.runs.runs(), IsEmpty());
  EXPECT_THAT(live_records_after_the_next_command(), IsEmpty());
}

const std::vector<Trouble> k_troubles = {
    {"Git", [](auto& world) { world.source.failure = "open repository '/p': corrupt"; }, true,
     "the code is not recorded: open repository"},
    {"CodeStore", [](auto& world) { world.objects.on_put.nth = 1; }, true,
     "the code is not recorded"},
    {"CodeCommit", [](auto& world) { world.objects.on_commit.nth = 1; }, true,
     "the code is not recorded"},
    {"InputStore", [](auto& world) { world.objects.on_commit.nth = 2; }, true,
     "input 'data.csv' is not recorded"},
    {"InputUnreadable", [](auto& world) { world.files.set_unreadable("/p/data.csv"); }, true,
     "input 'data.csv' is not recorded"},
    {"InputNeverStill",
     [](auto& world) {
       world.files.on_read([&world](const std::string& path, std::uint64_t offset) {
         if (path == "/p/data.csv" && offset == 0) {
           world.files.add_file(path, world.files.content(path) + "x");
         }
       });
     },
     true, "input 'data.csv' is not recorded"},
    {"Snapshots", [](auto& world) { world.snapshots.on_record.nth = 1; }, true,
     "input 'data.csv' is not recorded"},
    {"LiveRecord", [](auto& world) { world.live.on_create.nth = 1; }, false,
     "the run is NOT recorded"},
    {"Insert", [](auto& world) { world.runs.on_insert.nth = 1; }, false, "the run is NOT recorded"},
};

INSTANTIATE_TEST_SUITE_P(, RunCommandTrouble, ::testing::ValuesIn(k_troubles),
                         [](const auto& kind) { return kind.param.name; });

TEST_F(RunCommand, AnEnvironmentThatCanNotBeReadBeforeTheStartIsReadAtTheEnd)
{
  world_.probe.on_read = {1, ErrorKind::io};
  request_.strict = Strict::yes;
  EXPECT_EQ(error_of([&] { run(); }).kind(), ErrorKind::io);
  EXPECT_THAT(world_.processes.requests(), IsEmpty());
  world_.probe.on_read = {1, ErrorKind::io};
  request_.strict = Strict::no;
  const model::Run run = recorded();
  EXPECT_EQ(run.environment, world_.probe.environment);
  EXPECT_THAT(run.problems, IsEmpty());
  EXPECT_THAT(world_.reporter.warnings, ElementsAre(HasSubstr("can't be read before the start")));
}

TEST_F(RunCommand, OutsideARepositoryTheRecordSaysSo)
{
  request_.top = request_.cwd = "/elsewhere";
  world_.files.add_folder("/elsewhere");
  const model::Run run = recorded();
  EXPECT_FALSE(run.code.in_git);
  EXPECT_THAT(run.problems, ElementsAre(HasSubstr("not in a Git repository")));
  EXPECT_EQ(run.recorded, Level::none);
}

TEST_F(RunCommand, LargeUntrackedFilesAreNamedNotStored)
{
  world_.add_code("big.bin", std::string(2000, 'x'));
  world_.add_code("notes.txt", "small");
  request_.max_untracked_bytes = 1000;
  const model::Run run = recorded();
  ASSERT_THAT(run.code.omitted, SizeIs(1));
  EXPECT_EQ(run.code.omitted[0].path, "big.bin");
  EXPECT_THAT(world_.reporter.warnings,
              ElementsAre(HasSubstr("'big.bin' is not stored with the code")));
  EXPECT_EQ(run.recorded, Level::none);
  EXPECT_TRUE(world_.objects.find(world_.digester.digest("small")));
}

TEST_F(RunCommand, WhatWasStagedAndThenChangedIsKept)
{
  world_.add_code("train.py", "staged\n");
  world_.source.stage("train.py");
  world_.add_code("train.py", "working\n");
  const model::Run run = recorded();
  ASSERT_THAT(run.code.changes, SizeIs(1));
  EXPECT_EQ(versioning::load_blob(world_.objects, run.code.changes[0].staged.value()), "staged\n");
}

TEST_F(RunCommand, ALowerLevelKeepsLess)
{
  add_data();
  request_.inputs = {"data.csv"};
  request_.outputs = {"model.txt"};
  request_.keep = Level::code;
  script([&](const ports::ProcessRequest&) { world_.files.add_file("/p/model.txt", "weights"); });
  const model::Run run = recorded();
  EXPECT_FALSE(run.inputs[0].stored);
  EXPECT_TRUE(run.inputs[0].snapshot) << "its identity is known all the same";
  EXPECT_FALSE(run.outputs[0].stored);
  EXPECT_EQ(world_.objects.find(world_.digester.digest("1\n2\n")), std::nullopt);
  EXPECT_EQ(world_.objects.find(world_.digester.digest("weights")), std::nullopt);
  EXPECT_THAT(run.environment->packages, IsEmpty());
  EXPECT_THAT(world_.snapshots.list({}), IsEmpty());
}

TEST_F(RunCommand, SecretsAreNotRecorded)
{
  request_.command = {"python3", "t.py", "--password=hunter2", "--url",
                      "https://me:pw@example.org/x"};
  request_.params = {{"api_key", "k-123"}, {"source", "https://a:b@example.org/"}};
  const model::Run run = recorded();
  EXPECT_EQ(world_.processes.requests()[0].argv[2], "--password=hunter2")
      << "the command still gets it";
  EXPECT_EQ(run.command[2], "--password=***");
  EXPECT_THAT(run.command[4], Not(HasSubstr("pw")));
  EXPECT_EQ(run.params.at("api_key").value, "***");
  EXPECT_EQ(run.params.at("password").value, "***");
  EXPECT_THAT(run.params.at("source").value, Not(HasSubstr("a:b")));
}

TEST_F(RunCommand, AnInputThatChangesWhileTheCommandRunsIsMarked)
{
  add_data();
  request_.inputs = {"data.csv"};
  script([&](const ports::ProcessRequest&) { world_.files.add_file("/p/data.csv", "3\n"); });
  const model::Run run = recorded();
  EXPECT_TRUE(run.inputs[0].changed_during_run);
  EXPECT_EQ(run.inputs[0].digest, world_.digester.digest("1\n2\n")) << "as the command found it";
  script([&](const ports::ProcessRequest&) { world_.files.remove("/p/data.csv"); });
  EXPECT_TRUE(recorded().inputs[0].changed_during_run);
}

TEST_F(RunCommand, WhatWasNotWrittenIsAProblem)
{
  request_.outputs = {"model.txt"};
  request_.metric_files = {"scores.json", "bad.json"};
  script([&](const ports::ProcessRequest& process) {
    world_.files.add_file("/p/bad.json", "{");
    log_metric(process, "not json");
    log_metric(process, R"({"metric":"loss","value":1})");
  });
  const model::Run run = recorded();
  EXPECT_THAT(run.problems,
              ElementsAre(HasSubstr("'scores.json' was not written"),
                          AllOf(HasSubstr("'bad.json' is not recorded"), HasSubstr("line")),
                          HasSubstr("output 'model.txt' was not written"),
                          HasSubstr("$MLREPRO_METRICS, line 1")));
  EXPECT_THAT(run.metrics, ElementsAre(Key("loss")));
  EXPECT_FALSE(run.outputs[0].snapshot);
  EXPECT_EQ(run.status, model::RunStatus::finished);
}

TEST_F(RunCommand, TroubleAfterTheEndIsAProblemOfTheRecord)
{
  request_.outputs = {"model.txt"};
  auto scripted = testing::exits_with(0, "out");
  scripted.result.problems = {"write log: no space left on device"};
  scripted.action = [&](const ports::ProcessRequest&) {
    world_.files.add_file("/p/model.txt", "weights");
    world_.objects.on_commit = {1, ErrorKind::io};
    world_.probe.on_read = {1, ErrorKind::io};
  };
  world_.processes.add(scripted);
  const model::Run run = recorded();
  EXPECT_EQ(run.exit_code, 0);
  EXPECT_THAT(run.problems, ElementsAre("write log: no space left on device",
                                        HasSubstr("the environment is not recorded"),
                                        HasSubstr("output 'model.txt' is not recorded")));
  EXPECT_TRUE(run.environment) << "as far as it was read before the start";
  EXPECT_TRUE(run.logs.stdout_digest);
}

TEST_F(RunCommand, ARecordThatCanNotBeSealedIsCompletedLater)
{
  script(
      [&](const ports::ProcessRequest& process) {
        log_metric(process, R"({"metric":"loss","value":1})");
        world_.runs.on_seal = {1, ErrorKind::io};
      },
      4);
  const RunOutcome outcome = run();
  EXPECT_EQ(outcome.process.exit_code, 4) << "the command's own";
  EXPECT_FALSE(outcome.run);
  EXPECT_THAT(world_.reporter.warnings,
              Contains(HasSubstr("the next mlrepro command tries again")));
  const auto id = world_.live.list().at(0);
  world_.live.abandon(id, ports::Liveness::ended);
  heal_runs(world_.ports);
  const model::Run run = ports::find_run(world_.runs, id).value();
  EXPECT_EQ(run.status, model::RunStatus::failed);
  EXPECT_EQ(run.exit_code, 4);
  EXPECT_THAT(run.metrics, ElementsAre(Key("loss")));
  EXPECT_THAT(world_.live.list(), IsEmpty());
}

TEST_F(RunCommand, WithoutARecordTheCommandRunsAllTheSame)
{
  request_.seed = 3;
  request_.command = {"python3", "{seed}"};
  world_.processes.add(testing::exits_with(6));
  EXPECT_EQ(run_unrecorded(world_.processes, request_).exit_code, 6);
  EXPECT_EQ(world_.processes.requests()[0].argv[1], "3");
  EXPECT_EQ(variable(world_.processes.requests()[0], "MLREPRO_RUN_ID"), "(unset)");
  EXPECT_THAT(world_.runs.runs(), IsEmpty());
}

}  // namespace
}  // namespace mlrepro::tracking
