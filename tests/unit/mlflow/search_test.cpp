// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "support/service_world.hpp"

namespace mlrepro {
namespace {

using Json = nlohmann::json;
using Names = std::vector<std::string>;

struct MlflowSearch : ::testing::Test {
  testing::ServiceWorld world;

  std::string add(const std::string& name, Json params, Json metrics)
  {
    const std::string id = world.make_run({{"run_name", name}, {"user_id", "ada"}});
    Json batch = {{"run_id", id}, {"params", Json::array()}, {"metrics", Json::array()}};
    for (const auto& [key, value] : params.items()) {
      batch["params"].push_back({{"key", key}, {"value", value}});
    }
    for (const auto& [key, value] : metrics.items()) {
      batch["metrics"].push_back({{"key", key}, {"value", value}, {"timestamp", 1}});
    }
    EXPECT_EQ(world.post("runs/log-batch", batch).status, 200);
    return id;
  }

  void SetUp() override
  {
    add("one", {{"lr", "0.1"}, {"Net Name", "A"}}, {{"m", 1.0}});
    add("two", {{"lr", "0.2"}, {"Net Name", "a"}}, {{"m", 2.0}, {"n/x", 5}});
    add("nan", {{"lr", "0.1"}}, {{"m", "NaN"}});
    const std::string bare = add("bare", Json::object(), Json::object());
    world.post("runs/update", {{"run_id", bare}, {"status", "FAILED"}});
  }
};

TEST_F(MlflowSearch, TheNewestComeFirst)
{
  EXPECT_EQ(world.search(""), (Names{"bare", "nan", "two", "one"}));
}

TEST_F(MlflowSearch, ComparesWhatMlflowCompares)
{
  EXPECT_EQ(world.search("metrics.m > 1"), Names{"two"});
  EXPECT_EQ(world.search("metric.`n/x` = 5 and params.lr = '0.2'"), Names{"two"});
  EXPECT_EQ(world.search("params.lr != '0.2'"), (Names{"nan", "one"}));  // none that lacks it
  EXPECT_EQ(world.search("params.\"Net Name\" LIKE 'a%'"), Names{"two"});
  EXPECT_EQ(world.search("params.`Net Name` ILIKE 'a%'"), (Names{"two", "one"}));
  EXPECT_EQ(world.search("attributes.status = 'FAILED'"), Names{"bare"});
  EXPECT_EQ(world.search("status != 'FAILED' AND run_name LIKE '%n%'"), (Names{"nan", "one"}));
  EXPECT_EQ(world.search("`Run name` = 'one'"), Names{"one"});
  EXPECT_EQ(world.search("tags.mlflow.runName = 'two'"), Names{"two"});
  EXPECT_EQ(world.search("user_id = 'ada' and start_time > 0 and attributes.end_time > 0"),
            Names{"bare"});
  EXPECT_EQ(world.search("artifact_uri LIKE 'mlflow-artifacts:/0/%'").size(), 4U);
}

TEST_F(MlflowSearch, PatternsTellCapitalsInOurOwnFieldsToo)
{
  const std::string id = add("own", Json::object(), Json::object());
  world.post("runs/set-tag",
             {{"run_id", id}, {"key", "mlflow.source.git.branch"}, {"value", "Main*[x]"}});
  EXPECT_EQ(world.search("code.branch LIKE 'Ma%'"), Names{"own"});
  EXPECT_EQ(world.search("code.branch LIKE '%n*[x_'"), Names{"own"});
  EXPECT_EQ(world.search("code.branch LIKE 'ma%'"), Names{});
  EXPECT_EQ(world.search("code.branch ILIKE 'ma%'"), Names{"own"});
  EXPECT_EQ(world.search("code.branch NOT LIKE 'ma%' AND run_name = 'own'"), Names{"own"});
  EXPECT_EQ(world.search("code.branch NOT LIKE 'Ma%' AND run_name = 'own'"), Names{});
}

// In a store that was there before clients came, a run of ours may have made it with any number.
TEST_F(MlflowSearch, ExperimentZeroIsDefaultWhateverItsNumber)
{
  world.pool.write([](sqlite::Database& database) {
    database.execute("PRAGMA defer_foreign_keys = ON");
    database.execute("UPDATE experiments SET number = 7 WHERE number = 0");
    database.execute("UPDATE runs SET experiment = 7");
  });
  const std::string id = add("seven", Json::object(), Json::object());
  world.post("logged-models", {{"experiment_id", "0"}, {"name", "net"}});
  world.post(
      "runs/log-inputs",
      {{"run_id", id},
       {"datasets",
        Json::array(
            {{{"dataset",
               {{"name", "d"}, {"digest", "1"}, {"source_type", "code"}, {"source", "{}"}}}}})}});
  EXPECT_EQ(world.search("").front(), "seven");
  for (const char* experiment : {"0", "7"}) {
    const Json ids = {{"experiment_ids", Json::array({experiment})}};
    const Json models = world.post("logged-models/search", ids).body;
    ASSERT_EQ(models.value("models", Json::array()).size(), 1U) << experiment;
    const Json datasets = world.post("experiments/search-datasets", ids).body;
    ASSERT_EQ(datasets.value("dataset_summaries", Json::array()).size(), 1U) << experiment;
    EXPECT_EQ(datasets.at("dataset_summaries").at(0).at("experiment_id"), "7");
  }
}

TEST_F(MlflowSearch, ComparesWhatMlflowRejects)
{
  EXPECT_EQ(world.search("metrics.m = 1 OR status = 'FAILED'"), (Names{"bare", "one"}));
  EXPECT_EQ(world.search("NOT (params.lr = '0.1')"), Names{"two"});
  EXPECT_EQ(world.search("params.lr IN ('0.1', '0.3')"), (Names{"nan", "one"}));
  EXPECT_EQ(world.search("params.lr IS NULL"), Names{"bare"});
  EXPECT_EQ(world.search("metrics.m IS NOT NULL"), (Names{"nan", "two", "one"}));
  EXPECT_EQ(world.search("run_name NOT IN ('one') AND params.lr NOT LIKE '0.2'"), Names{"nan"});
}

TEST_F(MlflowSearch, SaysWhatIsWrongInMlflowsWords)
{
  const auto message = [&](const char* filter) { return world.search(filter).at(0); };
  EXPECT_EQ(message("foo = 'x'").substr(0, 58),
            "Invalid attribute key 'foo' specified. Valid keys are 'Cre");
  EXPECT_EQ(message("foo.bar = 'x'"),
            "Invalid entity type 'foo'. Valid values are ['metric', 'parameter', 'tag',"
            " 'attribute', 'dataset']");
  EXPECT_EQ(message("metrics.m > 'x'"), "Expected numeric value type for metric. Found 'x'");
  EXPECT_EQ(message("params.lr = 5"),
            "Expected a quoted string value for parameter (e.g. 'my-value'). Got value 5");
  EXPECT_EQ(message("metrics.m > 1 XOR metrics.m < 2").substr(0, 35),
            "Invalid clause(s) in filter string:");
  EXPECT_EQ(message("params.lr > '5'").substr(0, 35), "Invalid clause(s) in filter string:");
}

TEST_F(MlflowSearch, NanComesBehindNumbersAndTheAbsentLastInBothDirections)
{
  EXPECT_EQ(world.search("", {"metrics.m ASC"}), (Names{"one", "two", "nan", "bare"}));
  EXPECT_EQ(world.search("", {"metrics.m DESC"}), (Names{"two", "one", "nan", "bare"}));
  EXPECT_EQ(world.search("", {"params.lr", "metrics.m DESC"}),
            (Names{"one", "nan", "two", "bare"}));
  EXPECT_EQ(world.search("", {"start_time"}), (Names{"one", "two", "nan", "bare"}));
  EXPECT_EQ(world.search("", {"tags.mlflow.runName"}), (Names{"bare", "nan", "one", "two"}));
  EXPECT_EQ(world.search("", {"metrics.m", "metric.m DESC"}).at(0),
            "`order_by` contains duplicate fields: ['m']");
  EXPECT_EQ(world.search("", {"metrics.m SIDEWAYS"}).at(0).substr(0, 40),
            "Invalid ordering key in order_by clause ");
}

// A page may begin at any row, also at one that lacks what is ordered by.
TEST_F(MlflowSearch, PagesOfAnySizeGiveEveryRunOnce)
{
  const std::vector<std::vector<std::string>> orders = {{},
                                                        {"metrics.m"},
                                                        {"metrics.m DESC"},
                                                        {"metrics.m DESC", "metrics.n/x"},
                                                        {"metrics.rare"},
                                                        {"params.lr DESC", "metrics.m"},
                                                        {"end_time"},
                                                        {"attributes.status DESC"}};
  for (const auto& order : orders) {
    const Names all = world.search("", order);
    for (const int size : {1, 2, 3}) {
      Names found;
      std::string token;
      do {
        const Json page = world
                              .post("runs/search", {{"experiment_ids", Json::array({"0"})},
                                                    {"order_by", order},
                                                    {"max_results", size},
                                                    {"page_token", token}})
                              .body;
        for (const Json& run : page.at("runs")) {
          found.push_back(run.at("info").at("run_name"));
        }
        token = page.value("next_page_token", "");
      } while (!token.empty() && found.size() < 10);
      EXPECT_EQ(found, all) << Json(order) << " by " << size;
    }
  }
}

// Of runs that are equal in it, lack it or have NaN, the newest come first; then by the next term.
TEST_F(MlflowSearch, RunsThatAreEqualInAMetricFollowTheNextTerm)
{
  for (const char* name : {"a", "b", "c"}) {
    add(std::string("equal-") + name, {{"lr", "9"}}, {{"m", 1.0}, {"k", name[0] == 'b' ? 2 : 1}});
    add(std::string("nan-") + name, {{"lr", "9"}}, {{"m", "NaN"}, {"k", name[0] == 'b' ? 2 : 1}});
    add(std::string("none-") + name, {{"lr", "9"}}, {{"k", name[0] == 'b' ? 2 : 1}});
  }
  const std::string filter = "params.lr = '9'";
  EXPECT_EQ(world.search(filter, {"metrics.m DESC"}),
            (Names{"equal-c", "equal-b", "equal-a", "nan-c", "nan-b", "nan-a", "none-c", "none-b",
                   "none-a"}));
  EXPECT_EQ(world.search(filter, {"metrics.m", "metrics.k DESC"}),
            (Names{"equal-b", "equal-c", "equal-a", "nan-b", "nan-c", "nan-a", "none-b", "none-c",
                   "none-a"}));
  EXPECT_EQ(world.search("", {"metrics.rare DESC"}), world.search(""));
}

// With few matches among many runs they are found in another way, from one page to the next.
TEST_F(MlflowSearch, HowRunsAreFoundDoesNotShow)
{
  const auto page = [&](const std::string& token) {
    return world
        .post("runs/search", {{"experiment_ids", Json::array({"0"})},
                              {"filter", "params.lr IS NOT NULL"},
                              {"order_by", Json::array({"metrics.m DESC"})},
                              {"max_results", 1},
                              {"page_token", token}})
        .body;
  };
  const auto grow = [&](std::int64_t number) {
    world.pool.write([&](sqlite::Database& database) {
      database.execute(
          "PRAGMA defer_foreign_keys = ON; UPDATE runs SET number = " + std::to_string(number) +
          " WHERE name = 'bare'; UPDATE tags SET run = " + std::to_string(number) +
          " WHERE run NOT IN (SELECT number FROM runs)");
    });
  };
  for (const bool many_first : {false, true}) {
    Names found;
    std::string token;
    bool many = many_first;
    do {
      grow(many ? 1'000'000 : 1000);
      many = !many;
      const Json answer = page(token);
      found.push_back(answer.at("runs").at(0).at("info").at("run_name"));
      token = answer.value("next_page_token", "");
    } while (!token.empty() && found.size() < 10);
    EXPECT_EQ(found, (Names{"two", "one", "nan"}));
  }
}

TEST_F(MlflowSearch, ATokenOfAnotherSearchIsRefused)
{
  const Json page =
      world.post("runs/search", {{"experiment_ids", Json::array({"0"})}, {"max_results", 1}}).body;
  const auto refused = world.post("runs/search", {{"experiment_ids", Json::array({"0"})},
                                                  {"order_by", Json::array({"metrics.m"})},
                                                  {"page_token", page.at("next_page_token")}});
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(world.post("runs/search", {{"experiment_ids", Json::array({"abc"})}}).status, 400);
  EXPECT_EQ(world.post("runs/search", Json::object()).body, Json::object());
}

TEST_F(MlflowSearch, NothingThatAClientWritesIsSql)
{
  for (const char* filter : {"params.`lr') OR 1=1 --` = 'x'", "tags.`'; DROP TABLE runs; --` = 'x'",
                             "run_name = ''' OR 1=1 --'", "metrics.`\" OR \"` > 1"}) {
    EXPECT_EQ(world.search(filter), Names()) << filter;
  }
  EXPECT_EQ(world.search("").size(), 4U);
}

}  // namespace
}  // namespace mlrepro
