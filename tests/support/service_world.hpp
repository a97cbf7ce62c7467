// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mlrepro/mlflow/service.hpp"
#include "sqlite/connection_pool.hpp"
#include "sqlite/sqlite_client_runs.hpp"
#include "sqlite/sqlite_experiment_store.hpp"
#include "sqlite/sqlite_logged_models.hpp"
#include "sqlite/sqlite_model_registry.hpp"
#include "support/fixed_clock.hpp"
#include "support/recording_reporter.hpp"
#include "support/temp_dir.hpp"

namespace mlrepro::testing {

// The MLflow service over a real, empty database.
class ServiceWorld {
 public:
  using Json = nlohmann::json;

  struct Answer {
    int status = 0;
    Json body;

    [[nodiscard]] std::string code() const { return body.value("error_code", ""); }
    [[nodiscard]] std::string message() const { return body.value("message", ""); }
  };

  explicit ServiceWorld(std::optional<model::RunId> session_run = std::nullopt)
      : service({experiments, runs, registry, models, sources, clock, reporter},
                {std::move(session_run)})
  {
  }

  Answer call(const std::string& method, const std::string& route,
              const Json& body = Json::object())
  {
    const mlflow::Reply reply = service.handle({method, route, {}, body.dump()});
    return {reply.status, Json::parse(reply.body)};
  }
  Answer post(const std::string& route, const Json& body) { return call("POST", route, body); }
  Answer get(const std::string& route, std::vector<std::pair<std::string, std::string>> query)
  {
    const mlflow::Reply reply = service.handle({"GET", route, std::move(query), ""});
    return {reply.status, Json::parse(reply.body)};
  }

  // A new run's id.
  std::string make_run(const Json& more = Json::object(), const std::string& experiment = "0")
  {
    Json body = {{"experiment_id", experiment}, {"start_time", clock.now().ms}};
    if (more.is_object()) {
      body.update(more);
    }
    clock.advance_ms(1);
    return post("runs/create", body).body.at("run").at("info").at("run_id").get<std::string>();
  }
  Json run(const std::string& id) { return get("runs/get", {{"run_id", id}}).body.at("run"); }
  // The names of the runs found, in their order.
  std::vector<std::string> search(const std::string& filter,
                                  const std::vector<std::string>& order = {})
  {
    const Answer answer =
        post("runs/search",
             {{"experiment_ids", Json::array({"0"})}, {"filter", filter}, {"order_by", order}});
    std::vector<std::string> names;
    if (answer.status != 200) {
      return {answer.message()};
    }
    for (const Json& found : answer.body.value("runs", Json::array())) {
      names.push_back(found.at("info").at("run_name").get<std::string>());
    }
    return names;
  }

  // What datasets are linked to.
  struct Sources final : ports::DatasetSources {
    std::optional<model::RunData> take(const model::RunId&, const std::string& path) override
    {
      asked.push_back(path);
      return given;
    }
    std::vector<std::string> asked;
    std::optional<model::RunData> given;
  };

  TempDir folder;
  sqlite::ConnectionPool pool{folder / "mlrepro.db", sqlite::Durability::process};
  sqlite::SqliteExperimentStore experiments{pool};
  sqlite::SqliteClientRuns runs{pool};
  sqlite::SqliteModelRegistry registry{pool};
  sqlite::SqliteLoggedModels models{pool};
  Sources sources;
  FixedClock clock;
  RecordingReporter reporter;
  mlflow::Service service;
};

// {"key": value} of a list of {"key", "value"}.
inline nlohmann::json by_key(const nlohmann::json& list)
{
  nlohmann::json found = nlohmann::json::object();
  for (const auto& item : list) {
    found[item.at("key").get<std::string>()] = item.at("value");
  }
  return found;
}

}  // namespace mlrepro::testing
