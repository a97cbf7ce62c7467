// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "mlflow/tracking_server.hpp"
#include "mlrepro/model/client_run.hpp"

// What a server has.
namespace mlrepro::mlflow {

struct ServerRun {
  std::string id;
  std::string name;
  std::string status;
  std::int64_t started_ms = 0;
  std::optional<std::int64_t> ended_ms;
  std::string artifact_uri;
  std::map<std::string, std::string> params;
  std::map<std::string, std::string> tags;
  std::set<std::string> metrics;                           // their keys
  std::set<std::pair<std::string, std::string>> datasets;  // name and digest
  std::set<std::string> models_made;                       // ids there
  std::set<std::string> models_read;
};

ServerRun run_at(TrackingServer& server, const std::string& id);
// The run that stands for one of ours in an experiment; of several the one that has come furthest.
std::optional<ServerRun> find_run(TrackingServer& server, const std::string& experiment,
                                  const std::string& own_id);
ServerRun to_server_run(const Json& run);

// A point as servers keep it: NaN is equal to itself, and an infinite value is the largest one.
struct ServerPoint {
  std::int64_t step = 0;
  std::int64_t time_ms = 0;
  std::uint64_t bits = 0;

  auto operator<=>(const ServerPoint&) const = default;
};
ServerPoint to_server_point(const model::MetricObservation& point);
// Each point of a metric, in the server's order.
void for_each_point(TrackingServer& server, const std::string& run, const std::string& key,
                    const std::function<void(const ServerPoint& point)>& visit);

// Each item of the list that a GET answers page by page.
void for_each_item(TrackingServer& server, const std::string& route, const Query& query,
                   const char* list, const std::function<void(const Json& item)>& visit);

// The files below `root`, with their sizes; of the folders only those that `wanted` names a file
// of. `ask` answers about one folder, by a page token that may be empty.
using ListFolder = std::function<Json(const std::string& folder, const std::string& token)>;
std::map<std::string, std::uint64_t> list_files(const ListFolder& ask,
                                                const std::vector<std::string>& wanted);

// Of the run's artifacts.
ListFolder run_lister(TrackingServer& server, const std::string& run);

// An integer that may be written as text.
std::optional<std::int64_t> integer_of(const Json& object, const char* name);
// [{"key","value"}]
std::map<std::string, std::string> pairs_of(const Json& list);

}  // namespace mlrepro::mlflow
