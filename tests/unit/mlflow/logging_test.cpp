// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <thread>

#include "sqlite/sqlite_run_store.hpp"
#include "support/service_world.hpp"

namespace mlrepro {
namespace {

using Json = nlohmann::json;

Json metric(const char* key, Json value, std::int64_t step = 0, std::int64_t timestamp = 1000)
{
  return {{"key", key}, {"value", std::move(value)}, {"timestamp", timestamp}, {"step", step}};
}

Json pair(const char* key, const char* value)
{
  return {{"key", key}, {"value", value}};
}

struct MlflowLogging : ::testing::Test {
  testing::ServiceWorld world;
  std::string id = world.make_run({{"run_name", "r"}});

  testing::ServiceWorld::Answer log(const char* route, Json body)
  {
    body["run_id"] = id;
    return world.post(std::string("runs/") + route, body);
  }
  Json data(const char* list)
  {
    return testing::by_key(world.run(id).at("data").value(list, Json::array()));
  }
  Json history(const char* key)
  {
    return world.get("metrics/get-history", {{"run_id", id}, {"metric_key", key}})
        .body.value("metrics", Json::array());
  }
};

TEST_F(MlflowLogging, TheLastValueIsThatOfTheHighestStep)
{
  EXPECT_EQ(log("log-metric", metric("loss", 0.5, 2)).status, 200);
  log("log-metric", metric("loss", 0.9, 1));
  EXPECT_EQ(data("metrics").at("loss"), 0.5);
  EXPECT_EQ(world.run(id).at("data").at("metrics")[0].at("step"), 2);
  EXPECT_EQ(history("loss").size(), 2U);
  EXPECT_EQ(history("loss")[0].at("value"), 0.9) << "of one time, by step";
}

// A client that logs in the background sends its points in any order, most without a step.
TEST_F(MlflowLogging, OfOneStepTheLatestTimeIsTheLast)
{
  log("log-metric", metric("loss", 0.5, 0, 3000));
  log("log-metric", metric("loss", 0.9, 0, 1000));
  EXPECT_EQ(data("metrics").at("loss"), 0.5);
  EXPECT_EQ(world.run(id).at("data").at("metrics")[0].at("timestamp"), 3000);
  log("log-batch",
      {{"metrics", Json::array({metric("loss", 0.1, 0, 4000), metric("loss", 0.7, 0, 2000)})}});
  EXPECT_EQ(data("metrics").at("loss"), 0.1);
  log("log-metric", metric("loss", 0.2, 0, 4000));
  log("log-metric", metric("loss", 0.15, 0, 4000));
  EXPECT_EQ(data("metrics").at("loss"), 0.2) << "of one time, the greatest";
  log("log-metric", metric("loss", 0.3, -1, 9000));
  EXPECT_EQ(data("metrics").at("loss"), 0.2);
  std::vector<double> values;
  for (const Json& point : history("loss")) {
    values.push_back(point.at("value"));
  }
  EXPECT_EQ(values, (std::vector<double>{0.9, 0.7, 0.5, 0.1, 0.15, 0.2, 0.3})) << "by time";
}

TEST_F(MlflowLogging, APointOfEqualValueIsNotTakenForTheLast)
{
  log("log-metric", metric("loss", 5, 1, 100'000));
  log("log-metric", metric("loss", 5, 1, 50'000));
  log("log-metric", metric("loss", 3, 1, 70'000));
  const Json last = world.run(id).at("data").at("metrics")[0];
  EXPECT_EQ(last.at("value"), 5);
  EXPECT_EQ(last.at("timestamp"), 100'000);
}

TEST_F(MlflowLogging, OutputsNameTheirModels)
{
  EXPECT_EQ(log("outputs", Json::object()).message().substr(0, 45),
            "Missing value for required parameter 'models'");
}

TEST_F(MlflowLogging, WhatIsNoNumberInJsonIsText)
{
  log("log-metric", metric("a", "NaN"));
  log("log-metric", metric("b", "Infinity"));
  log("log-metric", metric("c", "-Infinity", -5));
  EXPECT_EQ(data("metrics").at("a"), "NaN");
  EXPECT_EQ(data("metrics").at("b"), "Infinity");
  EXPECT_EQ(history("c")[0].at("step"), -5);
  EXPECT_EQ(log("log-metric", metric("d", "x")).code(), "INVALID_PARAMETER_VALUE");
  Json half = metric("d", 1);
  half["timestamp"] = 1.5;
  EXPECT_EQ(log("log-metric", half).code(), "INVALID_PARAMETER_VALUE");
  half["timestamp"] = "1500";  // int64 may be text
  EXPECT_EQ(log("log-metric", half).status, 200);
  EXPECT_EQ(history("d")[0].at("timestamp"), 1500);
}

TEST_F(MlflowLogging, AnObservationThatIsSentAgainIsDropped)
{
  const Json batch = {{"metrics", Json::array({metric("m", 1, 1), metric("m", 2, 2),
                                               metric("m", 2, 2), metric("m", "NaN", 3)})}};
  log("log-batch", batch);
  log("log-batch", batch);
  EXPECT_EQ(history("m").size(), 3U);
  log("log-metric", metric("m", 2, 2, 1001));  // another time: another observation
  EXPECT_EQ(history("m").size(), 4U);
}

TEST_F(MlflowLogging, AParameterIsWrittenOnce)
{
  EXPECT_EQ(log("log-parameter", pair("p", "1")).status, 200);
  EXPECT_EQ(log("log-parameter", pair("p", "1")).status, 200);
  const auto refused = log("log-parameter", pair("p", "2"));
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.message(),
            "Changing param values is not allowed. Param with key='p' was already logged with"
            " value='1' for run ID='" +
                id + "'. Attempted logging new value '2'.");
  const auto batch = log("log-batch", {{"params", Json::array({pair("p", "9")})}});
  EXPECT_EQ(batch.message(),
            "Changing param values is not allowed. Params were already logged='[{'key': 'p',"
            " 'old_value': '1', 'new_value': '9'}]' for run ID='" +
                id + "'.");
}

TEST_F(MlflowLogging, ABatchIsLoggedWholeOrNotAtAll)
{
  log("log-parameter", pair("p", "1"));
  const auto refused = log("log-batch", {{"params", Json::array({pair("q", "1"), pair("p", "2")})},
                                         {"metrics", Json::array({metric("m", 1)})},
                                         {"tags", Json::array({pair("t", "1")})}});
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(data("params"), Json({{"p", "1"}}));
  EXPECT_FALSE(data("tags").contains("t"));
  EXPECT_TRUE(history("m").empty());
  EXPECT_EQ(log("log-batch", {{"params", Json::array({pair("d", "1"), pair("d", "2")})}}).message(),
            "Duplicate parameter keys have been submitted: ['d']. Please ensure the request"
            " contains only one param value per param key.");
}

TEST_F(MlflowLogging, NamesAndSizesHaveLimits)
{
  EXPECT_EQ(log("log-metric", metric("a$b", 1)).message(),
            "Invalid value \"a$b\" for parameter 'name' supplied: Names may only contain"
            " alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and"
            " slashes (/).");
  EXPECT_NE(log("log-batch", {{"metrics", Json::array({metric("../b", 1)})}})
                .message()
                .find("parameter 'metrics[0].name' supplied: Names may be treated as files in"
                      " certain cases, and must not resolve to other names when treated as such."
                      " This name would resolve to '../b'"),
            std::string::npos);
  EXPECT_EQ(log("log-metric", metric(std::string(251, 'm').c_str(), 1)).message(),
            "'Metric name' exceeds the maximum length of 250 characters");
  EXPECT_EQ(log("log-metric", metric("größe/ß-1.0: a", 1)).status, 200);
  for (const std::int64_t late : {1'700'000'000'123'456, 1'700'000'000'123'456'789}) {
    EXPECT_EQ(log("log-metric", metric("late", 1, 0, late)).status, 200);
    EXPECT_EQ(history("late").back().at("timestamp"), 1'700'000'000'123) << "micro-, nanoseconds";
  }
  EXPECT_EQ(log("log-metric", metric("m", 1, 0, -1)).message(),
            "Invalid value -1 for parameter 'timestamp' supplied: metric 'm' (value=1.0)."
            " Timestamp must be a nonnegative long (64-bit integer) ");
  Json many = Json::array();
  for (int i = 0; i < 1001; ++i) {
    many.push_back(metric("m", i, i));
  }
  EXPECT_EQ(log("log-batch", {{"metrics", many}}).message(),
            "A batch logging request can contain at most 1000 metrics. Got 1001 metrics. Please"
            " split up metrics across multiple requests and try again.");
}

TEST_F(MlflowLogging, TagsChangeAndGo)
{
  log("set-tag", pair("t", "1"));
  log("set-tag", pair("t", "2"));
  EXPECT_EQ(data("tags").at("t"), "2");
  EXPECT_EQ(log("delete-tag", {{"key", "t"}}).status, 200);
  EXPECT_FALSE(data("tags").contains("t"));
  const auto again = log("delete-tag", {{"key", "t"}});
  EXPECT_EQ(again.status, 404);
  EXPECT_EQ(again.message(), "No tag with name: t in run with id " + id);
}

TEST_F(MlflowLogging, HistoryIsReadInPages)
{
  for (int i = 0; i < 5; ++i) {
    log("log-metric", metric("m", i, i, 1000 + i));
  }
  std::vector<double> values;
  std::string token;
  int pages = 0;
  do {
    const Json page =
        world
            .get("metrics/get-history",
                 {{"run_id", id}, {"metric_key", "m"}, {"max_results", "2"}, {"page_token", token}})
            .body;
    for (const Json& point : page.at("metrics")) {
      values.push_back(point.at("value"));
    }
    token = page.value("next_page_token", "");
    ++pages;
  } while (!token.empty());
  EXPECT_EQ(values, (std::vector<double>{0, 1, 2, 3, 4}));
  EXPECT_EQ(pages, 3);
}

TEST_F(MlflowLogging, ALongHistoryIsSampledOverAllRuns)
{
  const std::string other = world.make_run();
  for (int i = 0; i < 100; ++i) {
    log("log-metric", metric("m", i, i));
  }
  world.post("runs/log-metric", [&] {
    Json point = metric("m", 7, 1000);
    point["run_id"] = other;
    return point;
  }());
  const Json points =
      world
          .get("metrics/get-history-bulk-interval",
               {{"run_ids", id}, {"run_ids", other}, {"metric_key", "m"}, {"max_results", "10"}})
          .body.at("metrics");
  ASSERT_EQ(points.size(), 12U);  // ten, and the last of each
  EXPECT_EQ(points.front().at("step"), 0);
  EXPECT_EQ(points[10].at("step"), 99);
  EXPECT_EQ(points.back().at("run_id"), other);
  EXPECT_EQ(world
                .get("metrics/get-history-bulk-interval",
                     {{"run_ids", id}, {"metric_key", "m"}, {"start_step", "1"}})
                .code(),
            "INVALID_PARAMETER_VALUE");
}

TEST_F(MlflowLogging, DatasetsAreLinkedOnceAndToTheirContent)
{
  model::RunData input;
  input.path = "data/a.csv";
  input.snapshot = model::Digest(model::Digest::Bytes{1});
  input.digest = input.snapshot;
  world.sources.given = input;
  const Json dataset = {{"dataset",
                         {{"name", "a"},
                          {"digest", "1234abcd"},
                          {"source_type", "local"},
                          {"source", R"({"uri": "file:///data/a%20b.csv"})"},
                          {"schema", "{}"}}},
                        {"tags", Json::array({pair("mlflow.data.context", "train")})}};
  EXPECT_EQ(log("log-inputs", {{"datasets", Json::array({dataset})}}).status, 200);
  log("log-inputs", {{"datasets", Json::array({dataset})}});
  const Json inputs = world.run(id).at("inputs").at("dataset_inputs");
  ASSERT_EQ(inputs.size(), 1U);
  EXPECT_EQ(inputs[0].at("dataset").at("name"), "a");
  const Json tags = testing::by_key(inputs[0].at("tags"));
  EXPECT_EQ(tags.at("mlflow.data.context"), "train");
  EXPECT_EQ(tags.at("mlrepro.snapshot"), input.snapshot->to_string());
  EXPECT_EQ(world.sources.asked.front(), "/data/a b.csv");
  EXPECT_EQ(world.search("dataset.name = 'a' AND dataset.context = 'train'"),
            std::vector<std::string>{"r"});
  EXPECT_EQ(world.search("dataset.digest != '1234abcd'"), std::vector<std::string>());
  EXPECT_EQ(log("log-inputs", {{"datasets", Json::array({{{"dataset", {{"name", "x"}}}}})}}).status,
            400);
  sqlite::Database database =
      sqlite::Database::open(world.folder / "mlrepro.db", sqlite::Mode::read_write);
  const auto run = ports::find_run(sqlite::SqliteRunStore(database), *model::RunId::parse(id));
  ASSERT_EQ(run->inputs.size(), 1U);
  EXPECT_EQ(run->inputs[0].path, "data/a.csv");
}

TEST_F(MlflowLogging, A2xModelIsOneMoreEntryOfATag)
{
  const Json model = {{"artifact_path", "m"},
                      {"flavors", Json::object()},
                      {"utc_time_created", "2026"},
                      {"run_id", id}};
  EXPECT_EQ(log("log-model", {{"model_json", model.dump()}}).status, 200);
  log("log-model", {{"model_json", model.dump()}});
  EXPECT_EQ(Json::parse(data("tags").at("mlflow.log-model.history").get<std::string>()).size(), 2U);
  EXPECT_EQ(log("log-model", {{"model_json", "{}"}}).code(), "INVALID_PARAMETER_VALUE");
}

TEST_F(MlflowLogging, WhatIsLoggedAfterTheEndIsAnAddition)
{
  world.post("runs/update", {{"run_id", id}, {"status", "FINISHED"}});
  log("log-metric", metric("late", 1));
  sqlite::Database database =
      sqlite::Database::open(world.folder / "mlrepro.db", sqlite::Mode::read_write);
  const auto run = ports::find_run(sqlite::SqliteRunStore(database), *model::RunId::parse(id));
  EXPECT_TRUE(run->metrics.at("late").added_later);
  EXPECT_EQ(run->additions.size(), 1U);
}

TEST_F(MlflowLogging, ManyThreadsLogAtOnceAndNoPointIsLost)
{
  constexpr int k_threads = 8;
  constexpr int k_points = 50;
  std::vector<std::thread> threads;
  for (int t = 0; t < k_threads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < k_points; ++i) {
        EXPECT_EQ(log("log-metric", metric(t % 2 == 0 ? "even" : "odd", t, i, 1000 + t)).status,
                  200);
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(history("even").size(), 4U * k_points);
  EXPECT_EQ(history("odd").size(), 4U * k_points);
}

}  // namespace
}  // namespace mlrepro
