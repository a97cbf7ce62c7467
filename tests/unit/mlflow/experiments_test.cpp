// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "support/service_world.hpp"

namespace mlrepro {
namespace {

using Json = nlohmann::json;

struct MlflowExperiments : ::testing::Test {
  testing::ServiceWorld world;

  std::string create(const std::string& name)
  {
    return world.post("experiments/create", {{"name", name}}).body.at("experiment_id");
  }
};

TEST_F(MlflowExperiments, DefaultIsAlwaysThere)
{
  const auto found = world.get("experiments/get", {{"experiment_id", "0"}});
  EXPECT_EQ(found.status, 200);
  EXPECT_EQ(found.body.at("experiment").at("name"), "Default");
  EXPECT_EQ(found.body.at("experiment").at("lifecycle_stage"), "active");
  EXPECT_EQ(world.get("experiments/get-by-name", {{"experiment_name", "Default"}})
                .body.at("experiment")
                .at("experiment_id"),
            "0");
  EXPECT_EQ(world.post("experiments/delete", {{"experiment_id", "0"}}).status, 400);
}

TEST_F(MlflowExperiments, AStateThatItHasAlreadyIsNotFound)
{
  const std::string id = create("e");
  const auto restored = world.post("experiments/restore", {{"experiment_id", id}});
  EXPECT_EQ(restored.status, 404);
  EXPECT_EQ(restored.message(), "No Experiment with id=" + id + " exists");
  EXPECT_EQ(world.post("experiments/delete", {{"experiment_id", id}}).status, 200);
  EXPECT_EQ(world.post("experiments/delete", {{"experiment_id", id}}).message(),
            restored.message());
}

TEST_F(MlflowExperiments, ARenamingNeedsANameAndATagMayBeLong)
{
  const std::string id = create("e");
  EXPECT_EQ(world.post("experiments/update", {{"experiment_id", id}}).message().substr(0, 47),
            "Missing value for required parameter 'new_name'");
  const std::string text(100'000, 'x');
  const Json tag = {{"experiment_id", id}, {"key", "mlflow.note.content"}, {"value", text}};
  EXPECT_EQ(world.post("experiments/set-experiment-tag", tag).status, 200);
  const Json found = world.get("experiments/get", {{"experiment_id", id}}).body.at("experiment");
  EXPECT_EQ(testing::by_key(found.at("tags")).at("mlflow.note.content"), text);
  const Json odd = {{"experiment_id", id}, {"key", std::string(251, 'k')}, {"value", "v"}};
  EXPECT_EQ(world.post("experiments/set-experiment-tag", odd).message(),
            "'key' exceeds the maximum length of 250 characters");
}

TEST_F(MlflowExperiments, ANewOneIsFoundByIdAndName)
{
  const auto made =
      world.post("experiments/create",
                 {{"name", "churn"}, {"tags", Json::array({{{"key", "team"}, {"value", "x"}}})}});
  ASSERT_EQ(made.status, 200);
  const std::string id = made.body.at("experiment_id");
  EXPECT_NE(id, "0");
  const auto found = world.get("experiments/get", {{"experiment_id", id}}).body.at("experiment");
  EXPECT_EQ(found.at("name"), "churn");
  EXPECT_EQ(found.at("creation_time"), world.clock.now().ms);
  EXPECT_EQ(found.at("artifact_location"), "mlflow-artifacts:/" + id);
  EXPECT_EQ(testing::by_key(found.at("tags")).at("team"), "x");
}

TEST_F(MlflowExperiments, ErrorsAreInMlflowsWords)
{
  create("pe");
  const auto twice = world.post("experiments/create", {{"name", "pe"}});
  EXPECT_EQ(twice.status, 400);
  EXPECT_EQ(twice.code(), "RESOURCE_ALREADY_EXISTS");
  EXPECT_EQ(twice.message().substr(0, 35), "Experiment(name=pe) already exists.");
  const auto unnamed = world.post("experiments/create", Json::object());
  EXPECT_EQ(unnamed.code(), "INVALID_PARAMETER_VALUE");
  EXPECT_EQ(unnamed.message(),
            "Missing value for required parameter 'name'. See the API docs for more information"
            " about request parameters.");
  const auto wrong = world.post("experiments/create", {{"name", 5}});
  EXPECT_EQ(wrong.message(),
            "Invalid value 5 for parameter 'name' supplied:  Hint: Value was of type 'int'. See the"
            " API docs for more information about request parameters.");
  const auto unknown = world.get("experiments/get", {{"experiment_id", "9999"}});
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(unknown.code(), "RESOURCE_DOES_NOT_EXIST");
  EXPECT_EQ(unknown.message(), "No Experiment with id=9999 exists");
  EXPECT_EQ(world.get("experiments/get-by-name", {{"experiment_name", "nope"}}).message(),
            "Could not find experiment with name 'nope'");
  EXPECT_EQ(world.get("experiments/get", {{"experiment_id", "abc"}}).status, 404);
  EXPECT_EQ(world.post("experiments/create", {{"name", std::string(501, 'x')}}).message(),
            "'name' exceeds the maximum length of 500 characters");
}

TEST_F(MlflowExperiments, DeletingOneTakesItsRunsAlongAndRestoringBringsThemBack)
{
  const std::string id = create("old");
  const std::string run = world.make_run({}, id);
  const std::string gone_before = world.make_run({}, id);
  world.post("runs/delete", {{"run_id", gone_before}});
  world.clock.advance_ms(1000);
  EXPECT_EQ(world.post("experiments/delete", {{"experiment_id", id}}).status, 200);
  EXPECT_EQ(world.run(run).at("info").at("lifecycle_stage"), "deleted");
  const auto refused = world.post("runs/create", {{"experiment_id", id}});
  EXPECT_EQ(refused.code(), "INVALID_PARAMETER_VALUE");
  EXPECT_EQ(world.post("experiments/create", {{"name", "old"}}).code(), "RESOURCE_ALREADY_EXISTS");
  world.clock.advance_ms(1000);
  EXPECT_EQ(world.post("experiments/restore", {{"experiment_id", id}}).status, 200);
  EXPECT_EQ(world.run(run).at("info").at("lifecycle_stage"), "active");
  EXPECT_EQ(world.run(gone_before).at("info").at("lifecycle_stage"), "deleted");
}

TEST_F(MlflowExperiments, ARenamedOneKeepsItsId)
{
  const std::string id = create("before");
  create("taken");
  EXPECT_EQ(world.post("experiments/update", {{"experiment_id", id}, {"new_name", "taken"}}).code(),
            "RESOURCE_ALREADY_EXISTS");
  EXPECT_EQ(world.post("experiments/update", {{"experiment_id", id}, {"new_name", "after"}}).status,
            200);
  EXPECT_EQ(world.get("experiments/get-by-name", {{"experiment_name", "after"}})
                .body.at("experiment")
                .at("experiment_id"),
            id);
}

TEST_F(MlflowExperiments, SearchesInPages)
{
  for (const char* name : {"a1", "a2", "b1"}) {
    world.clock.advance_ms(10);
    const std::string id = create(name);
    world.post("experiments/set-experiment-tag",
               {{"experiment_id", id}, {"key", "kind"}, {"value", std::string(name).substr(0, 1)}});
  }
  Json request = {{"max_results", 1}, {"filter", "name LIKE 'a%'"}};
  const auto first = world.post("experiments/search", request).body;
  ASSERT_EQ(first.at("experiments").size(), 1U);
  EXPECT_EQ(first.at("experiments")[0].at("name"), "a2");  // the newest first
  request["page_token"] = first.at("next_page_token");
  const auto second = world.post("experiments/search", request).body;
  EXPECT_EQ(second.at("experiments")[0].at("name"), "a1");
  EXPECT_FALSE(second.contains("next_page_token"));
  const auto tagged =
      world.post("experiments/search", {{"max_results", 10},
                                        {"filter", "tags.kind = 'a' OR name = 'Default'"},
                                        {"order_by", Json::array({"name DESC"})}});
  EXPECT_EQ(tagged.body.at("experiments")[0].at("name"), "a2");
  EXPECT_EQ(tagged.body.at("experiments").size(), 3U);
  EXPECT_EQ(world.post("experiments/search", Json::object()).code(), "INVALID_PARAMETER_VALUE");
  EXPECT_EQ(world.post("experiments/search", {{"max_results", 5}, {"page_token", "§"}}).message(),
            "Invalid page token, could not base64-decode");
}

TEST_F(MlflowExperiments, NoPlaceForArtifactsIsChosenByAClient)
{
  const auto refused =
      world.post("experiments/create", {{"name", "x"}, {"artifact_location", "file:///etc"}});
  EXPECT_EQ(refused.code(), "INVALID_PARAMETER_VALUE");
}

}  // namespace
}  // namespace mlrepro
