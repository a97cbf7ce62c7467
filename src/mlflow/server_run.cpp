// SPDX-License-Identifier: Apache-2.0
#include "mlflow/server_run.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "mlflow/export_content.hpp"
#include "mlrepro/format/number_text.hpp"

namespace mlrepro::mlflow {
namespace {

constexpr const char* k_points_a_page = "25000";
// A server that answers on and on is no reason to go on and on.
constexpr std::size_t k_most_pages = 100'000;
constexpr std::size_t k_runs_a_page = 100;

[[noreturn]] void refuse_answer(const std::string& what)
{
  throw ServerRefusal(200, ServerRefusal::Final::no,
                      "what the server says of " + what + " can't be understood");
}

ServerPoint point_of(const Json& item)
{
  try {
    const Fields fields(item);
    return to_server_point({"",
                            fields.require_number("value"),
                            fields.integer("step").value_or(0),
                            {fields.require_integer("timestamp")}});
  } catch (const model::Error&) {
    refuse_answer("a metric's history");
  }
}

std::set<std::string> model_ids(const Json& list)
{
  std::set<std::string> ids;
  for (const Json& item : list) {
    ids.insert(text_of(item, "model_id"));
  }
  return ids;
}

// Whether a file that is wanted lies in this folder.
bool leads_to_any(const std::string& folder, const std::vector<std::string>& wanted)
{
  return std::any_of(wanted.begin(), wanted.end(),
                     [&](const std::string& path) { return path.starts_with(folder + "/"); });
}

}  // namespace

std::optional<std::int64_t> integer_of(const Json& object, const char* name)
{
  try {
    return Fields(object).integer(name);
  } catch (const model::Error&) {
    return std::nullopt;
  }
}

std::map<std::string, std::string> pairs_of(const Json& list)
{
  std::map<std::string, std::string> pairs;
  for (const Json& item : list) {
    if (item.is_object()) {
      pairs.insert_or_assign(text_of(item, "key"), text_of(item, "value"));
    }
  }
  return pairs;
}

ServerRun to_server_run(const Json& run)
{
  const Json& info = object_of(run, "info");
  const Json& data = object_of(run, "data");
  ServerRun there;
  there.id = text_of(info, "run_id");
  if (there.id.empty()) {
    refuse_answer("a run");
  }
  there.name = text_of(info, "run_name");
  there.status = text_of(info, "status");
  there.started_ms = integer_of(info, "start_time").value_or(0);
  there.ended_ms = integer_of(info, "end_time");
  there.artifact_uri = text_of(info, "artifact_uri");
  there.params = pairs_of(list_of(data, "params"));
  there.tags = pairs_of(list_of(data, "tags"));
  for (const Json& metric : list_of(data, "metrics")) {
    there.metrics.insert(text_of(metric, "key"));
  }
  for (const Json& input : list_of(object_of(run, "inputs"), "dataset_inputs")) {
    const Json& dataset = object_of(input, "dataset");
    there.datasets.emplace(text_of(dataset, "name"), text_of(dataset, "digest"));
  }
  there.models_read = model_ids(list_of(object_of(run, "inputs"), "model_inputs"));
  there.models_made = model_ids(list_of(object_of(run, "outputs"), "model_outputs"));
  return there;
}

ServerRun run_at(TrackingServer& server, const std::string& id)
{
  return to_server_run(object_of(server.get("runs/get", {{"run_id", id}}), "run"));
}

std::optional<ServerRun> find_run(TrackingServer& server, const std::string& experiment,
                                  const std::string& own_id)
{
  const Json found = server.post(
      "runs/search", {{"experiment_ids", Json::array({experiment})},
                      {"filter", std::string("tags.`") + k_run_tag + "` = '" + own_id + "'"},
                      {"run_view_type", "ACTIVE_ONLY"},
                      {"max_results", k_runs_a_page}});
  std::optional<ServerRun> best;
  // Two exports at the same time may have made one each. Both then choose the same.
  const auto rank = [](const ServerRun& run) {
    const auto tag = run.tags.find(k_state_tag);
    const bool complete = tag != run.tags.end() && tag->second.starts_with("complete");
    return std::pair(complete ? 0 : 1, run.id);
  };
  for (const Json& run : list_of(found, "runs")) {
    ServerRun there = to_server_run(run);
    const auto tag = there.tags.find(k_run_tag);
    if (tag == there.tags.end() || tag->second != own_id) {
      continue;  // a server that does not filter by tags
    }
    if (!best || rank(there) < rank(*best)) {
      best = std::move(there);
    }
  }
  return best;
}

ServerPoint to_server_point(const model::MetricObservation& point)
{
  constexpr double k_largest = std::numeric_limits<double>::max();
  double value = point.value == 0 ? 0.0 : point.value;  // -0 too
  if (std::isnan(value)) {
    value = std::numeric_limits<double>::quiet_NaN();
  } else if (std::isinf(value)) {
    value = std::copysign(k_largest, value);
  }
  return {point.step, point.time.ms, std::bit_cast<std::uint64_t>(value)};
}

void for_each_item(TrackingServer& server, const std::string& route, const Query& query,
                   const char* list, const std::function<void(const Json& item)>& visit)
{
  std::string token;
  for (std::size_t page = 0; page < k_most_pages; ++page) {
    Query asked = query;
    if (!token.empty()) {
      asked.emplace_back("page_token", token);
    }
    const Json answer = server.get(route, asked);
    for (const Json& item : list_of(answer, list)) {
      visit(item);
    }
    token = text_of(answer, "next_page_token");
    if (token.empty()) {
      return;
    }
  }
  refuse_answer("all of '" + route + "'");
}

void for_each_point(TrackingServer& server, const std::string& run, const std::string& key,
                    const std::function<void(const ServerPoint& point)>& visit)
{
  for_each_item(server, "metrics/get-history",
                {{"run_id", run}, {"metric_key", key}, {"max_results", k_points_a_page}}, "metrics",
                [&](const Json& item) { visit(point_of(item)); });
}

ListFolder run_lister(TrackingServer& server, const std::string& run)
{
  return [&server, run](const std::string& folder, const std::string& token) {
    Query query = {{"run_id", run}};
    if (!folder.empty()) {
      query.emplace_back("path", folder);
    }
    if (!token.empty()) {
      query.emplace_back("page_token", token);
    }
    return server.get("artifacts/list", query);
  };
}

std::map<std::string, std::uint64_t> list_files(const ListFolder& ask,
                                                const std::vector<std::string>& wanted)
{
  std::map<std::string, std::uint64_t> files;
  std::vector<std::string> folders = {""};
  std::size_t pages = 0;
  while (!folders.empty()) {
    const std::string folder = std::move(folders.back());
    folders.pop_back();
    std::string token;
    do {
      if (++pages > k_most_pages) {
        refuse_answer("its artifacts");
      }
      const Json answer = ask(folder, token);
      for (const Json& item : list_of(answer, "files")) {
        const std::string path = text_of(item, "path");
        const auto flag = item.find("is_dir");
        if (flag == item.end() || *flag != true) {
          files[path] = static_cast<std::uint64_t>(integer_of(item, "file_size").value_or(0));
        } else if (path.size() > folder.size() && leads_to_any(path, wanted)) {
          folders.push_back(path);
        }
      }
      token = text_of(answer, "next_page_token");
    } while (!token.empty());
  }
  return files;
}

}  // namespace mlrepro::mlflow
