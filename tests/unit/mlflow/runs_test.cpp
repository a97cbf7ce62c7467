// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "sqlite/sqlite_run_store.hpp"
#include "support/service_world.hpp"

namespace mlrepro {
namespace {

using Json = nlohmann::json;

struct MlflowRuns : ::testing::Test {
  testing::ServiceWorld world;

  model::Run stored(const std::string& id)
  {
    sqlite::Database database =
        sqlite::Database::open(world.folder / "mlrepro.db", sqlite::Mode::read_write);
    return *ports::find_run(sqlite::SqliteRunStore(database), *model::RunId::parse(id));
  }
};

TEST_F(MlflowRuns, ANewRunIsARunLikeAnyOther)
{
  const auto made =
      world.post("runs/create",
                 {{"experiment_id", "0"},
                  {"user_id", "ada"},
                  {"run_name", "first"},
                  {"start_time", 1'700'000'000'123},
                  {"tags", Json::array({{{"key", "mlflow.source.git.commit"}, {"value", "abc1"}},
                                        {{"key", "mlflow.note.content"}, {"value", "why"}}})}});
  ASSERT_EQ(made.status, 200) << made.body;
  const Json info = made.body.at("run").at("info");
  const std::string id = info.at("run_id");
  EXPECT_EQ(id.size(), 32U);
  EXPECT_EQ(info.at("run_uuid"), id);
  EXPECT_EQ(info.at("status"), "RUNNING");
  EXPECT_EQ(info.at("artifact_uri"), "mlflow-artifacts:/0/" + id + "/artifacts");
  EXPECT_FALSE(info.contains("end_time"));
  EXPECT_EQ(testing::by_key(made.body.at("run").at("data").at("tags")).at("mlflow.runName"),
            "first");
  const model::Run run = stored(id);
  EXPECT_EQ(run.name, "first");
  EXPECT_EQ(run.experiment, "Default");
  EXPECT_EQ(run.user, "ada");
  EXPECT_EQ(run.note, "why");
  EXPECT_EQ(run.code.commit, "abc1");
  EXPECT_EQ(run.status, model::RunStatus::running);
  EXPECT_EQ(run.started_at.ms, 1'700'000'000'123);
}

TEST_F(MlflowRuns, AClientEndsItsRunAndMayGoOnWithIt)
{
  const std::string id = world.make_run();
  world.clock.advance_ms(5000);
  const auto ended = world.post(
      "runs/update", {{"run_uuid", id}, {"status", "FINISHED"}, {"end_time", 1'800'000'000'000}});
  EXPECT_EQ(ended.body.at("run_info").at("status"), "FINISHED");
  EXPECT_EQ(ended.body.at("run_info").at("end_time"), 1'800'000'000'000);
  EXPECT_EQ(stored(id).status, model::RunStatus::finished);
  EXPECT_FALSE(stored(id).missing.empty());
  world.post("runs/update", {{"run_id", id}, {"status", 1}});
  EXPECT_EQ(world.run(id).at("info").at("status"), "RUNNING");
  EXPECT_EQ(stored(id).additions.at(0).kind, "resumed");
  world.post("runs/update", {{"run_id", id}, {"status", "KILLED"}});
  EXPECT_EQ(stored(id).ended_at, world.clock.now());
  const auto odd = world.post("runs/update", {{"run_id", id}, {"status", "NOPE"}});
  EXPECT_EQ(odd.code(), "INVALID_PARAMETER_VALUE");
  EXPECT_EQ(world.run(id).at("info").at("status"), "KILLED");
}

TEST_F(MlflowRuns, NamesAndTheirTagAreOne)
{
  const std::string id = world.make_run({{"run_name", "a"}});
  world.post("runs/set-tag", {{"run_id", id}, {"key", "mlflow.runName"}, {"value", "b"}});
  EXPECT_EQ(world.run(id).at("info").at("run_name"), "b");
  world.post("runs/update", {{"run_id", id}, {"run_name", "c"}});
  EXPECT_EQ(testing::by_key(world.run(id).at("data").at("tags")).at("mlflow.runName"), "c");
  const auto refused = world.post(
      "runs/create", {{"experiment_id", "0"},
                      {"run_name", "a"},
                      {"tags", Json::array({{{"key", "mlflow.runName"}, {"value", "b"}}})}});
  EXPECT_EQ(refused.message(),
            "Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different"
            " values (run_name='a', mlflow.runName='b').");
  EXPECT_NE(world.run(world.make_run()).at("info").at("run_name"), "");
}

TEST_F(MlflowRuns, ADeletedRunTakesNothingUntilItIsRestored)
{
  const std::string id = world.make_run({{"run_name", "gone"}});
  EXPECT_EQ(world.post("runs/delete", {{"run_id", id}}).status, 200);
  EXPECT_EQ(world.run(id).at("info").at("lifecycle_stage"), "deleted");
  const auto refused = world.post("runs/set-tag", {{"run_id", id}, {"key", "a"}, {"value", "b"}});
  EXPECT_EQ(refused.code(), "INVALID_PARAMETER_VALUE");
  EXPECT_EQ(refused.message(),
            "The run " + id + " must be in the 'active' state. Current state is deleted.");
  EXPECT_EQ(world.search(""), std::vector<std::string>());
  const auto all = world.post(
      "runs/search", {{"experiment_ids", Json::array({"0"})}, {"run_view_type", "DELETED_ONLY"}});
  EXPECT_EQ(all.body.at("runs").size(), 1U);
  world.post("runs/restore", {{"run_id", id}});
  EXPECT_EQ(world.search(""), std::vector<std::string>{"gone"});
}

TEST_F(MlflowRuns, UnknownRunsAndRoutesAreNotFound)
{
  const std::string id(32, 'a');
  const auto run = world.get("runs/get", {{"run_id", id}});
  EXPECT_EQ(run.status, 404);
  EXPECT_EQ(run.message(), "Run with id=" + id + " not found");
  EXPECT_EQ(world.get("runs/get", {{"run_id", "x"}}).status, 404);
  EXPECT_EQ(world.get("runs/get", {}).code(), "INVALID_PARAMETER_VALUE");
  const auto route = world.post("traces/create", Json::object());
  EXPECT_EQ(route.status, 404);
  EXPECT_EQ(route.code(), "ENDPOINT_NOT_FOUND");
  EXPECT_EQ(world.call("DELETE", "runs/create").code(), "ENDPOINT_NOT_FOUND");
}

TEST_F(MlflowRuns, WhatIsNoMessageIsRefused)
{
  for (const char* body : {"{", "[]", "\"x\"", "{\"experiment_id\": \"\xff\"}", "{\"a\": NaN}"}) {
    const auto reply = world.service.handle({"POST", "runs/create", {}, body});
    EXPECT_EQ(reply.status, 400) << body;
    EXPECT_NE(reply.body.find("INVALID_PARAMETER_VALUE"), std::string::npos);
  }
  EXPECT_TRUE(world.reporter.warnings.empty());
}

TEST_F(MlflowRuns, ARunOfOursIsSeenWithTheTagsThatClientsExpect)
{
  model::Run run;
  run.id = *model::RunId::parse("0123456789abcdef0123456789abcdef");
  run.name = "ours";
  run.experiment = "mine";
  run.command = {"python", "train.py"};
  run.user = "bo";
  run.code.commit = "c0ffee";
  run.started_at = {1'700'000'000'000};
  {
    sqlite::Database database =
        sqlite::Database::open(world.folder / "mlrepro.db", sqlite::Mode::read_write);
    sqlite::SqliteRunStore(database).insert(run);
  }
  const Json tags = testing::by_key(world.run(run.id.str()).at("data").at("tags"));
  EXPECT_EQ(tags.at("mlflow.runName"), "ours");
  EXPECT_EQ(tags.at("mlflow.source.name"), "python train.py");
  EXPECT_EQ(tags.at("mlflow.source.git.commit"), "c0ffee");
  const auto experiment = world.get("experiments/get-by-name", {{"experiment_name", "mine"}});
  const std::string number = experiment.body.at("experiment").at("experiment_id");
  const auto found = world.post("runs/search", {{"experiment_ids", Json::array({number})},
                                                {"filter", "tags.mlflow.user = 'bo'"}});
  EXPECT_EQ(found.body.at("runs").size(), 1U);
  // How it ends is its process's to say.
  world.post("runs/update", {{"run_id", run.id.str()}, {"status", "FINISHED"}});
  EXPECT_EQ(world.run(run.id.str()).at("info").at("status"), "RUNNING");
}

TEST(MlflowSession, TheFirstRunIsTheOpenOneAndLaterOnesAreItsChildren)
{
  const auto open = *model::RunId::parse("0123456789abcdef0123456789abcdef");
  testing::ServiceWorld world(open);
  model::Run run;
  run.id = open;
  run.name = "run-of-mlrepro";
  run.experiment = "folder";
  run.started_at = {1'700'000'000'000};
  {
    sqlite::Database database =
        sqlite::Database::open(world.folder / "mlrepro.db", sqlite::Mode::read_write);
    sqlite::SqliteRunStore(database).insert(run);
  }
  EXPECT_NE(world.service.experiment_of_session(), "0");
  const auto failed = world.post("runs/create", {{"experiment_id", "77"}});
  EXPECT_EQ(failed.status, 404);
  const auto made = world.post("experiments/create", {{"name", "wanted"}});
  const std::string experiment = made.body.at("experiment_id");
  const std::string first = world.make_run(
      {{"run_name", "theirs"}, {"tags", Json::array({{{"key", "t"}, {"value", "1"}}})}},
      experiment);
  EXPECT_EQ(first, open.str());
  const Json adopted = world.run(first);
  EXPECT_EQ(adopted.at("info").at("run_name"), "theirs");
  EXPECT_EQ(adopted.at("info").at("experiment_id"), experiment);
  EXPECT_EQ(testing::by_key(adopted.at("data").at("tags")).at("t"), "1");
  world.post("runs/update", {{"run_id", first}, {"status", "FINISHED"}});
  EXPECT_EQ(world.run(first).at("info").at("status"), "RUNNING");
  const std::string second = world.make_run({}, experiment);
  EXPECT_NE(second, first);
  EXPECT_EQ(testing::by_key(world.run(second).at("data").at("tags")).at("mlflow.parentRunId"),
            first);
}

}  // namespace
}  // namespace mlrepro
