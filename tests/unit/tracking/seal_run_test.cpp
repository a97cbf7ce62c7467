// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/tracking/seal_run.hpp"

#include <gmock/gmock.h>

#include "mlrepro/format/scalar_text.hpp"
#include "mlrepro/tracking/log_events.hpp"
#include "support/error_of.hpp"
#include "support/use_case_world.hpp"

namespace mlrepro::tracking {
namespace {

using model::ErrorKind;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Pair;
using ::testing::SizeIs;

class LostRun : public ::testing::Test {
 protected:
  // A run that has started and whose mlrepro has gone.
  model::Run start(ports::Liveness liveness = ports::Liveness::ended,
                   const model::ScalarRules& scalars = {})
  {
    model::Run run;
    run.id = model::RunId::from_bytes(world_.clock.random_bytes());
    run.name = "lost-" + run.id.str().substr(30);
    run.top = "/p";
    run.scalars = scalars;
    run.outputs.resize(1);
    run.outputs[0].path = "model.txt";
    run.started_at = world_.clock.now();
    world_.live.create(run.id);
    world_.runs.insert(run);
    world_.live.abandon(run.id, liveness);
    return run;
  }
  model::Run found(const model::Run& run) { return ports::find_run(world_.runs, run.id).value(); }

  testing::UseCaseWorld world_;
};

TEST_F(LostRun, IsCompletedFromWhatIsLeft)
{
  const model::Run run = start();
  world_.files.add_file("/p/model.txt", "written by somebody, some day");
  world_.files.add_file(world_.live.paths(run.id).logs.stdout_path, "half a line");
  world_.live.write_metrics(world_.live.paths(run.id).metrics,
                            "{\"metric\":\"loss\",\"value\":1}\n{\"metric\":\"loss\",\"val");
  world_.live.append(run.id, "{\"note\":\"n\"}\n");
  world_.clock.advance_ms(5000);
  heal_runs(world_.ports);
  const model::Run healed = found(run);
  EXPECT_EQ(healed.status, model::RunStatus::lost);
  EXPECT_FALSE(healed.exit_code);
  EXPECT_EQ(healed.metrics.at("loss").count, 1);
  EXPECT_EQ(healed.note, "n");
  EXPECT_TRUE(healed.logs.stdout_digest);
  EXPECT_FALSE(healed.outputs[0].snapshot) << "nobody knows whether that file is the run's";
  EXPECT_THAT(healed.problems, Contains(HasSubstr("mlrepro ended before")));
  EXPECT_THAT(healed.problems, Contains(HasSubstr("$MLREPRO_METRICS, line 2"))) << "the torn line";
  EXPECT_THAT(world_.reporter.notes, ElementsAre(HasSubstr("completed as lost")));
  EXPECT_THAT(world_.live.list(), IsEmpty());
}

TEST_F(LostRun, HasWhatWasMeasuredOfIt)
{
  const model::Run run = start();
  const std::string start = std::to_string(run.started_at.ms);
  world_.live.write_resources(world_.live.paths(run.id).resources,
                              "{\"step\":0,\"time\":" + start + ",\"system/threads\":3}\n" +
                                  "{\"step\":1,\"time\":" + start + ",\"system/threads\":5}\n");
  heal_runs(world_.ports);
  EXPECT_THAT(ports::metric_points(world_.runs, run.id, "system/threads"),
              ElementsAre(model::MetricPoint{3, 0, run.started_at},
                          model::MetricPoint{5, 1, run.started_at}));
}

TEST_F(LostRun, HasTheMetricsThatItPrinted)
{
  const model::Run run = start(ports::Liveness::ended, format::default_scalar_rules());
  const ports::LogFiles logs = world_.live.paths(run.id).logs;
  world_.files.add_file(logs.stdout_path, "loss: 0.5\nacc: 0.1\n\nloss: 0.25");
  world_.files.add_file(logs.stderr_path, "loss: 0.75\nepoch 7 f1: 0.5\n");
  world_.files.add_file(logs.index_path,
                        "5 1 4\n2000 2 11\n3000 1 7\n3500 1 19\n4000 2 16\n4001 1");
  world_.live.append(run.id, "{\"metric\":\"acc\",\"value\":0.125}\n");
  heal_runs(world_.ports);
  const model::Run healed = found(run);
  EXPECT_EQ(healed.metrics.at("loss").source, "text:stdout");
  EXPECT_EQ(healed.metrics.at("f1").source, "text:stderr");
  EXPECT_EQ(healed.metrics.at("acc").source, "") << "what is logged wins";
  EXPECT_EQ(healed.metrics.at("acc").count, 1);
  const std::int64_t start = run.started_at.ms;
  EXPECT_THAT(ports::metric_points(world_.runs, run.id, "loss"),
              ElementsAre(model::MetricPoint{0.5, 0, {start + 3000}, 1},
                          model::MetricPoint{0.25, 1, {start + 3500}, 4}));
  EXPECT_THAT(ports::metric_points(world_.runs, run.id, "f1"),
              ElementsAre(model::MetricPoint{0.5, 7, {start + 4000}, 2}));
}

TEST_F(LostRun, HasNoneOfThemWithoutRules)
{
  const model::Run run = start();
  world_.files.add_file(world_.live.paths(run.id).logs.stdout_path, "loss: 0.5\n");
  heal_runs(world_.ports);
  EXPECT_THAT(found(run).metrics, IsEmpty());
}

TEST_F(LostRun, IsCompletedThoughItsRulesAreUnknownHere)
{
  const model::Run run = start(ports::Liveness::ended, {{"of-a-later-version"}, {}});
  world_.files.add_file(world_.live.paths(run.id).logs.stdout_path, "loss: 0.5\n");
  heal_runs(world_.ports);
  EXPECT_EQ(found(run).status, model::RunStatus::lost);
  EXPECT_THAT(found(run).problems, Contains(HasSubstr("no pattern is called")));
}

TEST_F(LostRun, SaysThatOutputGoesOn)
{
  const model::Run run = start();
  heal_runs(world_.ports);
  EXPECT_THAT(found(run).problems, Not(Contains(HasSubstr("left behind"))));
  const model::Run other = start();
  world_.live.output_is_complete = false;
  heal_runs(world_.ports);
  EXPECT_EQ(found(other).status, model::RunStatus::lost);
  EXPECT_THAT(found(other).problems, Contains(HasSubstr("left behind")));
}

TEST_F(LostRun, KeepsTheEndThatWasSeen)
{
  const model::Run run = start();
  ports::ProcessResult result;
  result.exit_code = 0;
  result.resources.user_s = 2;
  world_.live.set_exit(run.id, result);
  heal_runs(world_.ports);
  EXPECT_EQ(found(run).status, model::RunStatus::finished);
  EXPECT_EQ(found(run).resources.user_s, 2);
}

TEST_F(LostRun, WhoStillLivesIsLeftAlone)
{
  const model::Run supervised = start(ports::Liveness::supervised);
  const model::Run orphaned = start(ports::Liveness::orphaned);
  heal_runs(world_.ports);
  EXPECT_EQ(found(supervised).status, model::RunStatus::running);
  EXPECT_EQ(found(orphaned).status, model::RunStatus::running);
  EXPECT_THAT(world_.live.list(), SizeIs(2));
}

TEST_F(LostRun, IsLostWithoutALiveRecordToo)
{
  model::Run run;
  run.id = model::RunId::from_bytes({9});
  run.started_at = world_.clock.now();
  run.inputs = {{"data", std::nullopt, std::nullopt, 1, 2, true, false}};
  world_.runs.insert(run);
  world_.clock.advance_ms(10);
  heal_runs(world_.ports);
  EXPECT_EQ(found(run).status, model::RunStatus::lost);
  EXPECT_EQ(found(run).ended_at, world_.clock.now());
  EXPECT_EQ(found(run).inputs, run.inputs);
  EXPECT_THAT(found(run).problems, Contains(HasSubstr("live record is gone")));
  EXPECT_THAT(world_.reporter.notes, ::testing::SizeIs(1));
  heal_runs(world_.ports);
  EXPECT_THAT(world_.reporter.notes, ::testing::SizeIs(1));
}

TEST_F(LostRun, ALiveRecordWithoutARunGoesAway)
{
  const auto id = model::RunId::from_bytes({7});
  world_.live.create(id);
  world_.live.abandon(id, ports::Liveness::ended);
  heal_runs(world_.ports);
  EXPECT_THAT(world_.live.list(), IsEmpty());
  EXPECT_THAT(world_.runs.runs(), IsEmpty());
}

TEST_F(LostRun, ALiveRecordOfASealedRunGoesAway)
{
  const model::Run run = start();
  world_.runs.seal(run.id, {});
  heal_runs(world_.ports);
  EXPECT_THAT(world_.live.list(), IsEmpty());
  EXPECT_THAT(world_.reporter.notes, IsEmpty());
}

// What a client of the command began below it, and did not end.
model::Run child_of(const model::Run& parent)
{
  model::Run child;
  child.id = model::RunId::from_bytes({11});
  child.parent = parent.id;
  child.started_at = parent.started_at;
  child.inputs = {{"data", std::nullopt, std::nullopt, 1, 2, true, false}};
  return child;
}

TEST_F(LostRun, EndsWhatItsClientsBegan)
{
  const model::Run run = start();
  const model::Run child = child_of(run);
  world_.runs.insert(child);
  heal_runs(world_.ports);
  EXPECT_EQ(found(child).status, model::RunStatus::lost);
  EXPECT_EQ(found(child).inputs, child.inputs) << "what was logged of it stays";
  EXPECT_THAT(found(child).problems, Contains(HasSubstr("before this run was ended")));
}

TEST_F(LostRun, EndsWhatItsClientsBeganAlsoIfItIsSealed)
{
  const model::Run run = start();
  const model::Run child = child_of(run);
  world_.runs.insert(child);
  ports::RunEnd end;
  end.status = model::RunStatus::finished;
  world_.runs.seal(run.id, end);
  heal_runs(world_.ports);
  EXPECT_EQ(found(child).status, model::RunStatus::finished);
  EXPECT_THAT(world_.live.list(), IsEmpty());
}

TEST_F(LostRun, TroubleWithOneDoesNotHinderTheOthers)
{
  const model::Run first = start();
  const model::Run second = start();
  world_.runs.on_seal = {1, ErrorKind::locked};
  heal_runs(world_.ports);
  EXPECT_THAT(world_.reporter.warnings, Contains(HasSubstr("can't be completed now")));
  EXPECT_NE(found(first).status == model::RunStatus::running,
            found(second).status == model::RunStatus::running);
  heal_runs(world_.ports);
  EXPECT_EQ(found(first).status, model::RunStatus::lost);
  EXPECT_EQ(found(second).status, model::RunStatus::lost);
}

TEST_F(LostRun, IsSealedOnce)
{
  const model::Run run = start();
  heal_runs(world_.ports);
  EXPECT_FALSE(seal_run(world_.ports, run, "/p", {}).done);
}

TEST_F(LostRun, WaitsWhileItsLogsCanNotBeStored)
{
  const model::Run run = start();
  world_.files.add_file(world_.live.paths(run.id).logs.stdout_path, "x");
  world_.objects.on_commit = {1, ErrorKind::io};
  heal_runs(world_.ports);
  EXPECT_EQ(found(run).status, model::RunStatus::running);
  EXPECT_THAT(world_.live.list(), Contains(run.id)) << "the only copy of the logs is there";
  EXPECT_THAT(world_.reporter.warnings, Contains(HasSubstr("can't be completed now")));
  heal_runs(world_.ports);
  EXPECT_EQ(found(run).status, model::RunStatus::lost);
  EXPECT_TRUE(found(run).logs.stdout_digest);
}

class LogEvents : public LostRun {
 protected:
  void log(const model::Run& run, const std::vector<model::RunEvent>& events)
  {
    log_events(world_.live, world_.runs, world_.clock, run.id, events);
  }
};

TEST_F(LogEvents, GoToTheLiveRecordWhileTheRunRuns)
{
  const model::Run run = start(ports::Liveness::supervised);
  log(run, {model::MetricLogged{"loss", 0.5, 2, {}}, model::TagLogged{"k", "v"}});
  EXPECT_THAT(found(run).metrics, IsEmpty());
  std::string lines;
  world_.live.read(run.id, ports::LiveLines::events, [&](std::string_view some) { lines += some; });
  EXPECT_EQ(lines,
            "{\"metric\":\"loss\",\"value\":0.5,\"step\":2,\"time\":\"2026-01-01T00:00:00.000Z\"}\n"
            "{\"tag\":\"k\",\"value\":\"v\"}\n");
}

TEST_F(LogEvents, AreDatedAfterwards)
{
  const model::Run run = start();
  heal_runs(world_.ports);
  world_.clock.advance_ms(10);
  log(run, {model::MetricLogged{"auc", 0.5, {}, {}}, model::ParamLogged{"p", "1"}});
  const model::Run later = found(run);
  EXPECT_TRUE(later.metrics.at("auc").added_later);
  ASSERT_THAT(later.additions, SizeIs(2));
  EXPECT_EQ(later.additions[0].at, world_.clock.now());
}

TEST_F(LogEvents, AreAllAddedOrNone)
{
  const model::Run run = start();
  heal_runs(world_.ports);
  log(run, {model::ParamLogged{"p", "1"}});
  EXPECT_EQ(error_of([&] {
              log(run, {model::TagLogged{"t", "v"}, model::ParamLogged{"p", "2"}});
            }).kind(),
            ErrorKind::conflict);
  EXPECT_THAT(found(run).tags, IsEmpty());
  const model::Run running = start(ports::Liveness::supervised);
  world_.live.on_append = {1, ErrorKind::io};
  EXPECT_EQ(error_of([&] { log(running, {model::TagLogged{"t", "v"}}); }).kind(), ErrorKind::io);
}

TEST_F(LogEvents, OfNoRunAreNotFound)
{
  model::Run run;
  run.id = model::RunId::from_bytes({9});
  EXPECT_EQ(error_of([&] { log(run, {model::NoteLogged{"n"}}); }).kind(), ErrorKind::not_found);
}

TEST_F(LogEvents, AnArtifactIsStoredAsItIsNow)
{
  world_.files.add_file("/p/plot.png", "then");
  world_.files.add_symlink("/p/link", "plot.png");
  const auto artifact = store_artifact(world_.data, "/p/link", "plot.png").artifact;
  world_.files.add_file("/p/plot.png", "now");
  EXPECT_EQ(artifact.digest, world_.digester.digest("then"));
  EXPECT_EQ(artifact.bytes, 4U);
  EXPECT_TRUE(world_.objects.find(artifact.digest));
  EXPECT_EQ(error_of([&] { store_artifact(world_.data, "/p/absent", "a"); }).kind(),
            ErrorKind::not_found);
  EXPECT_EQ(error_of([&] { store_artifact(world_.data, "/p", "a"); }).kind(), ErrorKind::usage);
  EXPECT_EQ(error_of([&] { store_artifact(world_.data, "/p/plot.png", ""); }).kind(),
            ErrorKind::usage);
}

}  // namespace
}  // namespace mlrepro::tracking
