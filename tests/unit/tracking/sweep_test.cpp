// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/tracking/sweep.hpp"

#include <gmock/gmock.h>

#include <map>

#include "mlrepro/tracking/seal_run.hpp"
#include "mlrepro/tracking/sweep_runs.hpp"
#include "support/error_of.hpp"
#include "support/use_case_world.hpp"

namespace mlrepro::tracking {
namespace {

using model::ErrorKind;
using model::RunStatus;
using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// How a run of a sweep ends, in place of a process.
struct Fate {
  RunStatus status = RunStatus::finished;
  int exit_code = 0;
  bool recorded = true;
  std::optional<int> stopped_by = {};
};

// Each job writes the record that its mlrepro would write, and ends at the next wait.
class ScriptedJobs final : public ports::JobControl {
 public:
  explicit ScriptedJobs(testing::UseCaseWorld& world) : world_(world) {}

  std::map<std::uint64_t, Fate> fates;
  std::optional<std::uint64_t> stop_after;  // jobs, then SIGINT
  std::vector<std::string> names;           // of what was started
  std::size_t most_at_once = 0;
  std::optional<model::Digest> code = {};  // that the runs have

  // Tells the job what it is: the arguments are the runner's caller's affair.
  ports::JobRequest request(const model::Run& parent, const SweepStart& start)
  {
    next_ = {start, parent.id};
    return {{start.name}, "/p"};
  }

  std::optional<int> start(const ports::JobRequest& request) override
  {
    names.push_back(request.arguments.front());
    running_.push_back({++jobs_, next_});
    most_at_once = std::max(most_at_once, running_.size());
    return jobs_;
  }

  ports::JobNews wait(std::chrono::milliseconds /*patience*/) override
  {
    ports::JobNews news;
    if (stop_after && names.size() >= *stop_after) {
      news.asked_to_end = 2;
    }
    if (running_.empty()) {
      return news;
    }
    const Job job = running_.front();
    running_.erase(running_.begin());
    const Fate fate = fates[job.what.start.item];
    record(job, fate);
    news.ended.push_back({job.number, fate.exit_code, std::nullopt});
    return news;
  }

 private:
  struct What {
    SweepStart start;
    model::RunId parent;
  };
  struct Job {
    int number = 0;
    What what;
  };

  void record(const Job& job, const Fate& fate)
  {
    if (!fate.recorded) {
      return;
    }
    model::Run run;
    run.id = job.what.start.id;
    run.name = job.what.start.name;
    run.parent = job.what.parent;
    run.sweep_item = job.what.start.item;
    run.code.digest = code;
    world_.clock.advance_ms(10);
    run.started_at = world_.clock.now();
    world_.runs.insert(run);
    ports::RunEnd end;
    end.status = fate.status;
    end.exit_code = fate.exit_code;
    end.stopped_by = fate.stopped_by;
    end.ended_at = world_.clock.now();
    world_.runs.seal(run.id, end);
  }

  testing::UseCaseWorld& world_;
  What next_;
  std::vector<Job> running_;
  int jobs_ = 100;
};

class Ends final : public SweepObserver {
 public:
  void started(const SweepStart& /*start*/) override {}
  void adopted(std::uint64_t item, const model::Run& /*run*/) override
  {
    adopted_items.push_back(item);
  }
  void output(std::uint64_t /*item*/, const OutputPiece& /*piece*/) override {}
  void ended(const SweepEnd& end) override { codes.emplace_back(end.item, end.exit_code); }

  std::vector<std::uint64_t> adopted_items;
  std::vector<std::pair<std::uint64_t, int>> codes;
};

class SweepTest : public ::testing::Test {
 protected:
  model::Run begin()
  {
    RunRequest request;
    request.command = {"python3", "train.py", "--lr={lr}", "--epochs=3"};
    request.top = "/p";
    request.cwd = "/p";
    request.name = "wide";
    request.inputs = {"train.py", "{lr}.csv"};
    request.outputs = {"model.pkl"};
    return begin_sweep(world_.ports, request, {{"lr=1,2,3,4"}, {}, 0, 4, 2, {}});
  }

  SweepResult run(const model::Run& parent, bool retry_failed = false, bool stop_on_failure = false)
  {
    jobs_.names.clear();
    return run_sweep(world_.ports, jobs_,
                     {parent, grid_, 2, retry_failed, stop_on_failure, false,
                      [&](const SweepStart& start) { return jobs_.request(parent, start); }},
                     ends_);
  }

  model::Run resume(const model::Run& parent)
  {
    reopen_sweep(world_.ports, found(parent));
    return found(parent);
  }

  model::Run found(const model::Run& run) { return ports::find_run(world_.runs, run.id).value(); }

  testing::UseCaseWorld world_;
  plan::SweepGrid grid_{{{"lr", {"1", "2", "3", "4"}, {}}}, {}, 0};
  ScriptedJobs jobs_{world_};
  Ends ends_;
};

TEST_F(SweepTest, IsARunningRunWithTheSharedParametersThatIsSealedInTheEnd)
{
  const model::Run parent = begin();
  EXPECT_EQ(found(parent).status, RunStatus::running);
  EXPECT_EQ(world_.live.liveness(parent.id), ports::Liveness::supervised);
  EXPECT_EQ(found(parent).params.size(), 1U);
  EXPECT_EQ(found(parent).params.at("epochs").value, "3");
  EXPECT_TRUE(found(parent).code.digest);
  EXPECT_THAT(found(parent).inputs, IsEmpty());
  const SweepResult result = run(parent);
  EXPECT_THAT(jobs_.names, ElementsAre("wide-1", "wide-2", "wide-3", "wide-4"));
  EXPECT_EQ(jobs_.most_at_once, 2U);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.counts.finished, 4U);
  EXPECT_EQ(result.parent.status, RunStatus::finished);
  EXPECT_THAT(world_.live.list(), IsEmpty());
}

TEST_F(SweepTest, RetriesFailuresOnlyWhenAskedTo)
{
  const model::Run parent = begin();
  jobs_.fates[2] = {RunStatus::failed, 3};
  jobs_.fates[4] = {RunStatus::failed, 127, false};
  SweepResult result = run(parent);
  EXPECT_EQ(result.exit_code, 127);
  EXPECT_EQ(result.counts.failed, 2U);
  EXPECT_EQ(result.parent.status, RunStatus::failed);
  EXPECT_EQ(result.parent.exit_code, 127);
  EXPECT_THAT(result.parent.problems, ElementsAre("run 4 did not start (exit code 127)"));

  jobs_.fates[4] = {};
  result = run(resume(parent));
  EXPECT_THAT(jobs_.names, ElementsAre("wide-4"));  // of which nothing is on record
  EXPECT_EQ(result.exit_code, 3);
  jobs_.fates[2] = {};
  result = run(resume(parent), true);
  EXPECT_THAT(jobs_.names, ElementsAre("wide-2.2"));
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.parent.status, RunStatus::finished);
  EXPECT_EQ(result.parent.additions.size(), 2U);
  EXPECT_EQ(sweep_runs(world_.ports, result.parent, {}).at(1).name, "wide-2.2");
}

TEST_F(SweepTest, StartsNoMoreWhenOneHasFailed)
{
  const model::Run parent = begin();
  jobs_.fates[1] = {RunStatus::failed, 5};
  const SweepResult result = run(parent, false, true);
  EXPECT_THAT(jobs_.names, ElementsAre("wide-1", "wide-2"));
  EXPECT_EQ(result.counts.waiting, 2U);
  EXPECT_EQ(result.exit_code, 5);
}

TEST_F(SweepTest, EndsWhenAskedToAndGoesOnLater)
{
  const model::Run parent = begin();
  jobs_.stop_after = 2;
  jobs_.fates[1] = {RunStatus::failed, 1, true, 2};
  SweepResult result = run(parent);
  EXPECT_EQ(result.stopped_by, 2);
  EXPECT_EQ(result.parent.status, RunStatus::killed);
  EXPECT_EQ(result.parent.signal, 2);
  EXPECT_EQ(result.counts.interrupted, 1U);
  EXPECT_EQ(result.counts.finished, 1U);
  EXPECT_EQ(result.counts.waiting, 2U);
  jobs_.stop_after.reset();
  jobs_.fates.clear();
  result = run(resume(parent));
  EXPECT_THAT(jobs_.names, ElementsAre("wide-1.2", "wide-3", "wide-4"));
  EXPECT_EQ(result.exit_code, 0);
}

TEST_F(SweepTest, WaitsForWhatStillRunsAndRunsWhatWasLost)
{
  const model::Run parent = begin();
  model::Run running;
  running.id = model::RunId::from_bytes(world_.clock.random_bytes());
  running.parent = parent.id;
  running.sweep_item = 1;
  world_.live.create(running.id);
  world_.runs.insert(running);
  world_.live.abandon(parent.id, ports::Liveness::ended);
  heal_runs(world_.ports);
  EXPECT_EQ(found(parent).status, RunStatus::lost);
  EXPECT_THAT(found(parent).problems.front(), HasSubstr("run --resume goes on with it"));
  const model::Run again = resume(parent);
  world_.live.abandon(running.id, ports::Liveness::ended);  // as soon as somebody looks
  const SweepResult result = run(again);
  EXPECT_THAT(ends_.adopted_items, ElementsAre(1));
  EXPECT_THAT(jobs_.names, ElementsAre("wide-2", "wide-3", "wide-4"));
  EXPECT_EQ(result.counts.interrupted, 1U);
  (void)run(resume(parent));
  EXPECT_THAT(jobs_.names, ElementsAre("wide-1.2"));
}

TEST_F(SweepTest, IsNotResumedWhileItRuns)
{
  const model::Run parent = begin();
  EXPECT_EQ(error_of([&] { reopen_sweep(world_.ports, found(parent)); }).kind(),
            ErrorKind::conflict);
  EXPECT_EQ(world_.live.liveness(parent.id), ports::Liveness::supervised);
}

TEST_F(SweepTest, SaysThatTheCodeChangedMeanwhile)
{
  const model::Run parent = begin();
  jobs_.code = world_.digester.digest("other code");
  const SweepResult result = run(parent);
  EXPECT_THAT(result.parent.problems, ElementsAre(HasSubstr("the working tree changed")));
}

}  // namespace
}  // namespace mlrepro::tracking
