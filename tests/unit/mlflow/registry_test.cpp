// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "support/service_world.hpp"

namespace mlrepro {
namespace {

using Json = nlohmann::json;

struct MlflowRegistry : ::testing::Test {
  testing::ServiceWorld world;

  testing::ServiceWorld::Answer create(const std::string& name)
  {
    return world.post("registered-models/create", {{"name", name}});
  }
  testing::ServiceWorld::Answer add_version(
      const std::string& name, const std::string& source = "mlflow-artifacts:/0/x/artifacts/m")
  {
    return world.post("model-versions/create", {{"name", name}, {"source", source}});
  }
};

TEST_F(MlflowRegistry, VersionsAreNumberedFromOne)
{
  EXPECT_EQ(create("m").status, 200);
  EXPECT_EQ(add_version("m").body.at("model_version").at("version"), "1");
  const Json second = add_version("m").body.at("model_version");
  EXPECT_EQ(second.at("version"), "2");
  EXPECT_EQ(second.at("status"), "READY");
  EXPECT_EQ(second.at("current_stage"), "None");
  const Json model =
      world.get("registered-models/get", {{"name", "m"}}).body.at("registered_model");
  EXPECT_EQ(model.at("latest_versions")[0].at("version"), "2");
  EXPECT_EQ(world.get("model-versions/get-download-uri", {{"name", "m"}, {"version", "1"}})
                .body.at("artifact_uri"),
            "mlflow-artifacts:/0/x/artifacts/m");
}

TEST_F(MlflowRegistry, ErrorsAreInMlflowsWords)
{
  create("rmA");
  const auto twice = create("rmA");
  EXPECT_EQ(twice.status, 400);
  EXPECT_EQ(twice.code(), "RESOURCE_ALREADY_EXISTS");
  EXPECT_EQ(twice.message(), "Registered Model (name=rmA) already exists.");
  EXPECT_EQ(world.get("registered-models/get", {{"name", "zz"}}).message(),
            "Registered Model with name=zz not found");
  EXPECT_EQ(world.get("model-versions/get", {{"name", "rmA"}, {"version", "9"}}).message(),
            "Model Version (name=rmA, version=9) not found");
  const auto alias = world.get("registered-models/alias", {{"name", "rmA"}, {"alias", "zz"}});
  EXPECT_EQ(alias.status, 400);
  EXPECT_EQ(alias.code(), "INVALID_PARAMETER_VALUE");
  EXPECT_EQ(alias.message(), "Registered model alias zz not found.");
  add_version("rmA");
  EXPECT_EQ(world
                .post("model-versions/transition-stage",
                      {{"name", "rmA"}, {"version", "1"}, {"stage", "bad"}})
                .message(),
            "Invalid Model Version stage: bad. Value must be one of None, Staging, Production,"
            " Archived.");
}

// As `copy_model_version` makes one: promoted, and what it was made of deleted later.
TEST_F(MlflowRegistry, AVersionMadeOfAVersionKeepsItsPlace)
{
  create("staging");
  create("production");
  const std::string first = "mlflow-artifacts:/0/x/artifacts/first";
  add_version("staging", first);
  add_version("staging", "mlflow-artifacts:/0/x/artifacts/second");
  world.post("registered-models/alias", {{"name", "staging"}, {"alias", "good"}, {"version", "1"}});
  world.post("model-versions/transition-stage",
             {{"name", "staging"}, {"version", "1"}, {"stage", "Staging"}});
  const std::vector<std::pair<std::string, std::string>> made = {
      {"models:/staging/1", "models:/staging/1"},
      {"models:/staging@good", "models:/staging/1"},
      {"models:/staging/Staging", "models:/staging/1"},
      {"models:/staging/latest", "models:/staging/2"},
      {"models:/production/1", "models:/production/1"}};
  for (const auto& [source, kept] : made) {
    EXPECT_EQ(add_version("production", source).body.at("model_version").at("source"), kept);
  }
  world.call("DELETE", "registered-models/delete", {{"name", "staging"}});
  for (const char* version : {"1", "2", "3", "5"}) {
    EXPECT_EQ(
        world.get("model-versions/get-download-uri", {{"name", "production"}, {"version", version}})
            .body.at("artifact_uri"),
        first);
  }
  const std::vector<std::pair<std::string, std::string>> refused = {
      {"models:/production/9", "Model Version (name=production, version=9) not found"},
      {"models:/nope/1", "Model Version (name=nope, version=1) not found"},
      {"models:/production@none", "Registered model alias none not found."},
      {"models:/production/Production",
       "No versions of model with name 'production' and stage 'Production' found"},
      {"models:/production/x",
       "Invalid Model Version stage: x. Value must be one of None, Staging, Production, "
       "Archived."}};
  for (const auto& [source, said] : refused) {
    const auto answer = add_version("production", source);
    EXPECT_EQ(answer.message(), said);
    EXPECT_LT(answer.status, 500);
  }
}

TEST_F(MlflowRegistry, NamesOfModelsMayLookLikeIdsAndAliases)
{
  for (const char* name : {"m-classifier", "team@x", "team", "copy"}) {
    create(name);
    add_version(name, std::string("mlflow-artifacts:/0/x/artifacts/") + name);
  }
  world.post("registered-models/alias", {{"name", "team@x"}, {"alias", "a"}, {"version", "1"}});
  world.post("registered-models/alias",
             {{"name", "m-classifier"}, {"alias", "a"}, {"version", "1"}});
  std::int64_t number = 1;
  for (const auto& [source, name] :
       std::vector<std::pair<std::string, std::string>>{{"models:/m-classifier/1", "m-classifier"},
                                                        {"models:/m-classifier@a", "m-classifier"},
                                                        {"models:/team@x/1", "team@x"},
                                                        {"models:/team@x@a", "team@x"},
                                                        {"models:/team@x/LATEST", "team@x"}}) {
    EXPECT_EQ(add_version("copy", source).body.at("model_version").at("source"),
              "models:/" + name + "/1");
    EXPECT_EQ(world
                  .get("model-versions/get-download-uri",
                       {{"name", "copy"}, {"version", std::to_string(++number)}})
                  .body.at("artifact_uri"),
              "mlflow-artifacts:/0/x/artifacts/" + name);
  }
  EXPECT_EQ(add_version("copy", "models:/m-classifier/2").message(),
            "Model Version (name=m-classifier, version=2) not found");
}

TEST_F(MlflowRegistry, AliasesFollowTheirVersion)
{
  create("m");
  add_version("m");
  add_version("m");
  EXPECT_EQ(
      world.post("registered-models/alias", {{"name", "m"}, {"alias", "best"}, {"version", "1"}})
          .status,
      200);
  const auto at = [&] {
    return world.get("registered-models/alias", {{"name", "m"}, {"alias", "best"}});
  };
  EXPECT_EQ(at().body.at("model_version").at("version"), "1");
  EXPECT_EQ(at().body.at("model_version").at("aliases"), Json::array({"best"}));
  world.post("registered-models/alias", {{"name", "m"}, {"alias", "best"}, {"version", 2}});
  EXPECT_EQ(at().body.at("model_version").at("version"), "2");
  world.call("DELETE", "model-versions/delete", {{"name", "m"}, {"version", "2"}});
  EXPECT_EQ(at().status, 400);
  for (const char* bad : {"latest", "v12", "a b", "a/b"}) {
    EXPECT_EQ(
        world.post("registered-models/alias", {{"name", "m"}, {"alias", bad}, {"version", "1"}})
            .status,
        400)
        << bad;
  }
}

TEST_F(MlflowRegistry, AStageArchivesWhatHadIt)
{
  create("m");
  add_version("m");
  add_version("m");
  for (const char* version : {"1", "2"}) {
    world.post("model-versions/transition-stage", {{"name", "m"},
                                                   {"version", version},
                                                   {"stage", "production"},
                                                   {"archive_existing_versions", true}});
  }
  EXPECT_EQ(world.get("model-versions/get", {{"name", "m"}, {"version", "1"}})
                .body.at("model_version")
                .at("current_stage"),
            "Archived");
  const Json latest = world
                          .post("registered-models/get-latest-versions",
                                {{"name", "m"}, {"stages", Json::array({"Production"})}})
                          .body.at("model_versions");
  ASSERT_EQ(latest.size(), 1U);
  EXPECT_EQ(latest[0].at("version"), "2");
}

TEST_F(MlflowRegistry, ModelsAndVersionsAreSearched)
{
  for (const char* name : {"b", "a", "p"}) {
    create(name);
    add_version(name);
  }
  world.post("registered-models/set-tag",
             {{"name", "p"}, {"key", "mlflow.prompt.is_prompt"}, {"value", "true"}});
  // As clients always ask.
  const Json found =
      world.get("registered-models/search", {{"filter", "tag.`mlflow.prompt.is_prompt` != 'true'"}})
          .body.at("registered_models");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].at("name"), "a");
  const Json versions = world
                            .get("model-versions/search",
                                 {{"filter", "name IN ('a', 'b')"}, {"order_by", "name DESC"}})
                            .body.at("model_versions");
  ASSERT_EQ(versions.size(), 2U);
  EXPECT_EQ(versions[0].at("name"), "b");
}

TEST_F(MlflowRegistry, ARenamedModelKeepsItsVersions)
{
  create("m");
  add_version("m");
  EXPECT_EQ(world.post("registered-models/rename", {{"name", "m"}, {"new_name", "n"}}).status, 200);
  EXPECT_EQ(world.get("model-versions/get", {{"name", "n"}, {"version", "1"}}).status, 200);
  world.call("DELETE", "registered-models/delete", {{"name", "n"}});
  EXPECT_EQ(world.get("model-versions/get", {{"name", "n"}, {"version", "1"}}).status, 404);
}

TEST_F(MlflowRegistry, NoSourceIsAPathOfSomeMachine)
{
  create("m");
  for (const char* source :
       {"/etc", "file:///etc", "FILE:/etc", "//proc/self/root", "..\\x", "http:///#/../../etc",
        "https://host/x", "mlflow-artifacts:/0/x/../../etc", "mlflow-artifacts://host/x",
        "mlflow-artifacts:/0/x;y", "mlflow-artifacts:/0/%2e%2e/x", "etc/passwd", "C:/x",
        "models:/m-x"}) {
    const auto refused = world.post(
        "model-versions/create",
        {{"name", "m"},
         {"source", source},
         {"tags", Json::array({{{"key", "mlflow.prompt.is_prompt"}, {"value", "true"}}})}});
    EXPECT_GE(refused.status, 400) << source;
    EXPECT_LT(refused.status, 500) << source;
  }
}

struct MlflowLoggedModels : MlflowRegistry {
  std::string log_model(const std::string& name)
  {
    world.clock.advance_ms(1);
    return world
        .post("logged-models", {{"experiment_id", "0"},
                                {"name", name},
                                {"params", Json::array({{{"key", "depth"}, {"value", "3"}}})}})
        .body.at("model")
        .at("info")
        .at("model_id");
  }
};

TEST_F(MlflowLoggedModels, AModelIsPendingUntilItIsFinal)
{
  const std::string id = log_model("net");
  EXPECT_EQ(id.substr(0, 2), "m-");
  const Json model = world.get("logged-models/" + id, {}).body.at("model");
  EXPECT_EQ(model.at("info").at("status"), "LOGGED_MODEL_PENDING");
  EXPECT_EQ(model.at("info").at("artifact_uri"), "mlflow-artifacts:/0/models/" + id + "/artifacts");
  EXPECT_EQ(testing::by_key(model.at("data").at("params")).at("depth"), "3");
  EXPECT_EQ(world
                .call("PATCH", "logged-models/" + id,
                      {{"model_id", id}, {"status", "LOGGED_MODEL_READY"}})
                .body.at("model")
                .at("info")
                .at("status"),
            "LOGGED_MODEL_READY");
  create("m");
  EXPECT_EQ(add_version("m", "models:/" + id).body.at("model_version").at("model_id"), id);
  EXPECT_EQ(world.get("model-versions/get-download-uri", {{"name", "m"}, {"version", "1"}})
                .body.at("artifact_uri"),
            "mlflow-artifacts:/0/models/" + id + "/artifacts");
  EXPECT_EQ(world.call("DELETE", "logged-models/" + id).status, 200);
  const auto gone = world.get("logged-models/" + id, {});
  EXPECT_EQ(gone.status, 404);
  EXPECT_EQ(gone.message(), "Logged model with ID '" + id + "' not found.");
}

TEST_F(MlflowLoggedModels, ModelsAreFoundByWhatWasLoggedForThem)
{
  const std::string run = world.make_run();
  const std::string first = log_model("one");
  const std::string second = log_model("two");
  for (const auto& [model, value] : {std::pair(first, 0.9), std::pair(second, 0.7)}) {
    world.post("runs/log-metric", {{"run_id", run},
                                   {"key", "auc"},
                                   {"value", value},
                                   {"timestamp", 5},
                                   {"model_id", model},
                                   {"dataset_name", "test"},
                                   {"dataset_digest", "abc"}});
  }
  const auto search = [&](const Json& more) {
    Json body = {{"experiment_ids", Json::array({"0"})}};
    body.update(more);
    std::vector<std::string> names;
    for (const Json& model :
         world.post("logged-models/search", body).body.value("models", Json::array())) {
      names.push_back(model.at("info").at("name"));
    }
    return names;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(search(Json::object()), (Names{"two", "one"}));
  EXPECT_EQ(search({{"filter", "name = 'one'"}}), Names{"one"});
  EXPECT_EQ(search({{"filter", "metrics.auc > 0.8 AND params.depth = '3'"}}), Names{"one"});
  EXPECT_EQ(search({{"order_by", Json::array({{{"field_name", "metrics.auc"},
                                               {"ascending", false},
                                               {"dataset_name", "test"}}})}}),
            (Names{"one", "two"}));
  EXPECT_EQ(search({{"datasets", Json::array({{{"dataset_name", "other"}}})}}), Names());
  const Json metrics =
      world.get("logged-models/" + first, {}).body.at("model").at("data").at("metrics");
  EXPECT_EQ(metrics[0].at("dataset_digest"), "abc");
  EXPECT_EQ(metrics[0].at("run_id"), run);
}

TEST_F(MlflowLoggedModels, TagsAndLinksToRuns)
{
  const std::string run = world.make_run();
  const std::string id = log_model("one");
  world.call("PATCH", "logged-models/" + id + "/tags",
             {{"tags", Json::array({{{"key", "a/b"}, {"value", "1"}}})}});
  EXPECT_EQ(
      testing::by_key(world.get("logged-models/" + id, {}).body.at("model").at("info").at("tags"))
          .at("a/b"),
      "1");
  EXPECT_EQ(world.call("DELETE", "logged-models/" + id + "/tags/a/b").status, 200);
  EXPECT_EQ(world.call("DELETE", "logged-models/" + id + "/tags/a/b").status, 404);
  world.post("runs/outputs",
             {{"run_id", run}, {"models", Json::array({{{"model_id", id}, {"step", 3}}})}});
  const Json made = world.run(run).at("outputs").at("model_outputs");
  EXPECT_EQ(made[0].at("model_id"), id);
  EXPECT_EQ(made[0].at("step"), 3);
}

}  // namespace
}  // namespace mlrepro
