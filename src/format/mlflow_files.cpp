// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/mlflow_files.hpp"

#include <array>
#include <vector>

#include "format/value_tree.hpp"
#include "mlrepro/format/number_text.hpp"

namespace mlrepro::format {
namespace {

constexpr std::size_t k_point_fields = 3;

std::string_view trimmed(std::string_view text)
{
  constexpr const char* k_space = " \t\r\n";
  const std::size_t first = text.find_first_not_of(k_space);
  return first == std::string_view::npos
             ? std::string_view()
             : text.substr(first, text.find_last_not_of(k_space) - first + 1);
}

std::vector<std::string_view> split(std::string_view line)
{
  std::vector<std::string_view> fields;
  line = trimmed(line);
  for (std::size_t start = 0; start <= line.size();) {
    const std::size_t end = std::min(line.find(' ', start), line.size());
    fields.push_back(line.substr(start, end - start));
    start = end + 1;
  }
  return fields;
}

// From a field up to the one before the last: they are one name.
std::string joined(const std::vector<std::string_view>& fields, std::size_t first)
{
  std::string text;
  for (std::size_t i = first; i + 1 < fields.size(); ++i) {
    text += (text.empty() ? "" : " ") + std::string(fields[i]);
  }
  return text;
}

std::optional<model::MetricPoint> point_of(const std::vector<std::string_view>& fields)
{
  if (fields.size() < 2) {
    return std::nullopt;
  }
  const auto time = mlflow_time(parse_integer(fields[0]));
  const auto value = parse_number(fields[1]);
  const auto step =
      fields.size() < k_point_fields ? std::optional<std::int64_t>(0) : parse_integer(fields[2]);
  if (!time || !value || !step) {
    return std::nullopt;
  }
  return model::MetricPoint{*value, *step, *time};
}

}  // namespace

MlflowMeta MlflowMeta::parse(const std::string& file, std::string_view text)
{
  MlflowMeta meta;
  meta.file_ = file;
  const ValueTree tree = parse_yaml_tree(file, text);
  if (tree.kind != ValueTree::Kind::map) {
    refuse_file(file, "", trimmed(text).empty() ? "it is empty" : "it is no map of values");
  }
  for (const auto& [name, value] : tree.members) {
    if (value.kind == ValueTree::Kind::map) {
      auto& entries = meta.maps_[name];
      for (const auto& [key, item] : value.members) {
        if (item.kind == ValueTree::Kind::scalar) {
          entries.emplace(key, item.is_null ? "" : item.text);
        }
      }
    } else if (value.kind == ValueTree::Kind::scalar && !value.is_null) {
      meta.values_.emplace(name, value.text);
    }
  }
  return meta;
}

std::optional<std::string> MlflowMeta::find(const std::string& name) const
{
  const auto found = values_.find(name);
  return found == values_.end() ? std::nullopt : std::optional(found->second);
}

std::string MlflowMeta::require(const std::string& name) const
{
  auto found = find(name);
  if (!found) {
    refuse_file(file_, "", "'" + name + "' is missing");
  }
  return *std::move(found);
}

std::optional<std::int64_t> MlflowMeta::integer(const std::string& name) const
{
  const auto text = find(name);
  return text ? parse_integer(*text) : std::nullopt;
}

std::optional<model::Timestamp> MlflowMeta::time(const std::string& name) const
{
  return mlflow_time(integer(name));
}

std::map<std::string, std::string> MlflowMeta::map(const std::string& name) const
{
  const auto found = maps_.find(name);
  return found == maps_.end() ? std::map<std::string, std::string>() : found->second;
}

std::optional<model::MetricPoint> parse_mlflow_point(std::string_view line)
{
  const auto fields = split(line);
  constexpr std::size_t k_with_dataset = 5;
  const bool known = fields.size() <= k_point_fields || fields.size() >= k_with_dataset;
  return known ? point_of(fields) : std::nullopt;
}

std::optional<model::ModelMetric> parse_mlflow_model_point(const std::string& key,
                                                           std::string_view line)
{
  const auto fields = split(line);
  constexpr std::size_t k_run = 3;
  constexpr std::size_t k_with_dataset = 6;
  const bool with_dataset = fields.size() >= k_with_dataset;
  if (fields.size() != k_run + 1 && !with_dataset) {
    return std::nullopt;
  }
  const auto point = point_of(fields);
  if (!point) {
    return std::nullopt;
  }
  model::ModelMetric metric{key, point->value, point->step, point->time, {}, {}, {}};
  metric.run = fields[k_run] == "None" ? "" : std::string(fields[k_run]);
  if (with_dataset) {
    metric.dataset_name = joined(fields, k_run + 1);
    metric.dataset_fingerprint = std::string(fields.back());
  }
  return metric;
}

std::optional<model::RunStatus> parse_mlflow_status(std::string_view text)
{
  using model::RunStatus;
  struct Word {
    std::string_view name;
    std::string_view number;
    RunStatus status;
  };
  constexpr std::array k_words = {
      Word{"RUNNING", "1", RunStatus::running}, Word{"SCHEDULED", "2", RunStatus::running},
      Word{"FINISHED", "3", RunStatus::finished}, Word{"FAILED", "4", RunStatus::failed},
      Word{"KILLED", "5", RunStatus::killed}};
  for (const Word& word : k_words) {
    if (text == word.name || text == word.number) {
      return word.status;
    }
  }
  return std::nullopt;
}

std::optional<model::ModelStatus> parse_mlflow_model_status(std::string_view text)
{
  using model::ModelStatus;
  if (text == "PENDING" || text == "1") {
    return ModelStatus::pending;
  }
  if (text == "READY" || text == "2") {
    return ModelStatus::ready;
  }
  return text == "FAILED" || text == "3" ? std::optional(ModelStatus::failed) : std::nullopt;
}

std::optional<model::Timestamp> mlflow_time(std::optional<std::int64_t> ms)
{
  const bool good = ms && *ms >= 0 && *ms <= model::Timestamp::k_last_ms;
  return good ? std::optional(model::Timestamp{*ms}) : std::nullopt;
}

}  // namespace mlrepro::format
