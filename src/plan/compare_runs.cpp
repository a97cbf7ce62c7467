// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/compare_runs.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "mlrepro/model/resource_metric.hpp"

namespace mlrepro::plan {
namespace {

template <typename Map>
std::set<std::string> keys_of(const Map& a, const Map& b)
{
  std::set<std::string> keys;
  for (const auto& [key, value] : a) {
    keys.insert(key);
  }
  for (const auto& [key, value] : b) {
    keys.insert(key);
  }
  return keys;
}

template <typename Map>
const typename Map::mapped_type* find(const Map& map, const std::string& key)
{
  const auto found = map.find(key);
  return found == map.end() ? nullptr : &found->second;
}

// The first of each path counts.
std::map<std::string, model::RunData> by_path(const std::vector<model::RunData>& data)
{
  std::map<std::string, model::RunData> paths;
  for (const model::RunData& item : data) {
    paths.emplace(item.path, item);
  }
  return paths;
}

std::optional<double> if_finite(double value)
{
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

using Items = std::map<std::string, std::string>;

// What tells two installations of a version apart; empty for what came from an index. Where a
// source folder lies does not matter when its commit is known.
std::string origin_of(const model::Package& package)
{
  const std::string& source = package.source;
  const bool from_index = source == "dist-info" || source == "egg-info" || source == "egg" ||
                          source == "conda" || source == "CRAN" || source == "base" ||
                          source == "recommended";
  if (from_index) {
    return {};
  }
  const std::size_t commit =
      source.starts_with("editable ") ? source.rfind('@') : std::string::npos;
  return commit == std::string::npos ? source : "editable" + source.substr(commit);
}

Items items_of(const std::optional<model::Environment>& environment, bool facts)
{
  Items items;
  if (!environment) {
    return items;
  }
  const auto put = [&](const std::string& key, const std::string& value) {
    if (!value.empty()) {
      items[key] = value;
    }
  };
  put("os", environment->os);
  put("kernel", environment->kernel);
  put("arch", environment->arch);
  put("cpu", environment->cpu);
  put("threads", environment->threads > 0 ? std::to_string(environment->threads) : "");
  put("memory", environment->memory_bytes > 0 ? std::to_string(environment->memory_bytes) : "");
  for (std::size_t i = 0; i < environment->gpus.size(); ++i) {
    put("gpu " + std::to_string(i), environment->gpus[i]);
  }
  if (environment->interpreter) {
    put("interpreter", environment->interpreter->name + " " + environment->interpreter->version);
    put("interpreter path", environment->interpreter->path);
  }
  for (const model::Package& package : environment->packages) {
    const std::string origin = origin_of(package);
    put("package " + package.name, package.version + (origin.empty() ? "" : " (" + origin + ")"));
    for (const auto& [path, digest] : package.modified) {
      put("package " + package.name + ": " + path, digest ? "sha256:" + digest->hex() : "gone");
    }
  }
  for (const auto& [name, value] : environment->variables) {
    items["variable " + name] = value;
  }
  for (const auto& [name, value] : facts ? environment->facts : Items()) {
    items[name] = value;
  }
  return items;
}

bool same_value(double a, double b)
{
  return a == b || (std::isnan(a) && std::isnan(b));
}

}  // namespace

std::vector<model::ParamDiff> compare_params(const std::map<std::string, model::Parameter>& a,
                                             const std::map<std::string, model::Parameter>& b,
                                             List list)
{
  std::vector<model::ParamDiff> diffs;
  for (const std::string& key : keys_of(a, b)) {
    const model::Parameter* left = find(a, key);
    const model::Parameter* right = find(b, key);
    model::ParamDiff diff;
    diff.key = key;
    diff.source = right != nullptr ? right->source : left->source;
    if (left != nullptr) {
      diff.a = left->value;
    }
    if (right != nullptr) {
      diff.b = right->value;
    }
    diff.same = diff.a == diff.b;
    if (!diff.same || list == List::all) {
      diffs.push_back(std::move(diff));
    }
  }
  return diffs;
}

std::vector<model::MetricDiff> compare_metrics(const std::map<std::string, model::MetricSummary>& a,
                                               const std::map<std::string, model::MetricSummary>& b,
                                               List list)
{
  std::vector<model::MetricDiff> diffs;
  for (const std::string& key : keys_of(a, b)) {
    if (list == List::differences && model::is_resource_metric(key)) {
      continue;
    }
    const model::MetricSummary* left = find(a, key);
    const model::MetricSummary* right = find(b, key);
    model::MetricDiff diff;
    diff.key = key;
    if (left != nullptr) {
      diff.a = left->last;
    }
    if (right != nullptr) {
      diff.b = right->last;
    }
    if (diff.a && diff.b) {
      diff.same = same_value(*diff.a, *diff.b);
      if (std::isfinite(*diff.a) && std::isfinite(*diff.b)) {
        diff.delta = if_finite(*diff.b - *diff.a);
        if (diff.delta && *diff.a != 0) {
          diff.relative = if_finite(*diff.delta / std::fabs(*diff.a));
        }
      }
    }
    if (!diff.same || list == List::all) {
      diffs.push_back(std::move(diff));
    }
  }
  return diffs;
}

std::vector<model::DataDiff> compare_data(const std::vector<model::RunData>& a,
                                          const std::vector<model::RunData>& b, List list)
{
  const auto of_a = by_path(a);
  const auto of_b = by_path(b);
  std::vector<model::DataDiff> diffs;
  for (const std::string& path : keys_of(of_a, of_b)) {
    const model::RunData* left = find(of_a, path);
    const model::RunData* right = find(of_b, path);
    model::DataDiff diff;
    diff.path = path;
    diff.a = left != nullptr ? left->snapshot : std::nullopt;
    diff.b = right != nullptr ? right->snapshot : std::nullopt;
    diff.same = left != nullptr && right != nullptr && diff.a == diff.b;
    if (!diff.same || list == List::all) {
      diffs.push_back(std::move(diff));
    }
  }
  return diffs;
}

std::vector<model::ItemDiff> compare_environments(const std::optional<model::Environment>& a,
                                                  const std::optional<model::Environment>& b,
                                                  List list)
{
  // A record that has no facts says nothing about them.
  const bool facts = a && b && !a->facts.empty() && !b->facts.empty();
  const Items left = items_of(a, facts);
  const Items right = items_of(b, facts);
  std::vector<model::ItemDiff> diffs;
  for (const std::string& key : keys_of(left, right)) {
    model::ItemDiff diff;
    diff.item = key;
    if (const std::string* value = find(left, key)) {
      diff.a = *value;
    }
    if (const std::string* value = find(right, key)) {
      diff.b = *value;
    }
    diff.same = diff.a == diff.b;
    if (!diff.same || list == List::all) {
      diffs.push_back(std::move(diff));
    }
  }
  return diffs;
}

model::RunDiff compare_runs(const model::Run& a, const model::Run& b, List list)
{
  model::RunDiff diff;
  diff.a = a.id.str();
  diff.b = b.id.str();
  diff.a_name = a.name;
  diff.b_name = b.name;
  diff.command_a = a.command;
  diff.command_b = b.command;
  diff.command_same = a.command == b.command && a.cwd == b.cwd;
  diff.code.commit_a = a.code.commit;
  diff.code.commit_b = b.code.commit;
  diff.code.comparable = a.code.digest.has_value() && b.code.digest.has_value();
  diff.code.same = a.code.digest == b.code.digest && a.code.commit == b.code.commit;
  diff.params = compare_params(a.params, b.params, list);
  diff.metrics = compare_metrics(a.metrics, b.metrics, list);
  diff.inputs = compare_data(a.inputs, b.inputs, list);
  diff.outputs = compare_data(a.outputs, b.outputs, list);
  diff.environment = compare_environments(a.environment, b.environment, list);
  conclude(diff);
  return diff;
}

bool has_same_results(const std::vector<model::MetricDiff>& metrics)
{
  return std::all_of(metrics.begin(), metrics.end(), [](const model::MetricDiff& metric) {
    return metric.same || model::is_resource_metric(metric.key);
  });
}

void conclude(model::RunDiff& diff)
{
  const auto all_same = [](const auto& items) {
    return std::all_of(items.begin(), items.end(), [](const auto& item) { return item.same; });
  };
  diff.same = diff.command_same && diff.code.same && all_same(diff.params) &&
              has_same_results(diff.metrics) && all_same(diff.inputs) && all_same(diff.outputs) &&
              all_same(diff.environment);
}

}  // namespace mlrepro::plan
