// SPDX-License-Identifier: Apache-2.0
#include "mlflow/validation.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "mlflow/json_text.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::mlflow {
namespace {

constexpr std::size_t k_max_metrics = 1000;
constexpr std::size_t k_max_params = 100;
constexpr std::size_t k_max_tags = 100;
constexpr std::size_t k_max_entities = 1000;

std::string quoted(const std::string& text)
{
  return json_text(text);
}

bool is_word(char character)
{
  const auto byte = static_cast<unsigned char>(character);
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
         (character >= '0' && character <= '9') || character == '_' || byte >= 0x80;
}

// What Python's posixpath.normpath makes of it.
std::string normal_path(const std::string& path)
{
  std::vector<std::string> parts;
  const bool absolute = path.starts_with('/');
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    const std::string part = path.substr(start, end - start);
    if (part == ".." && !parts.empty() && parts.back() != "..") {
      parts.pop_back();
    } else if (!part.empty() && part != "." && !(part == ".." && absolute)) {
      parts.push_back(part);
    }
    start = end + 1;
  }
  std::string normal = absolute ? "/" : "";
  for (std::size_t i = 0; i < parts.size(); ++i) {
    normal += (i == 0 ? "" : "/") + parts[i];
  }
  return normal.empty() ? "." : normal;
}

void check_count(const std::string& what, std::size_t limit, std::size_t count)
{
  if (count > limit) {
    refuse("A batch logging request can contain at most " + std::to_string(limit) + " " + what +
           ". Got " + std::to_string(count) + " " + what + ". Please split up " + what +
           " across multiple requests and try again.");
  }
}

void check_unique_params(const ports::ClientBatch& batch)
{
  std::set<std::string> known;
  std::string repeated;
  for (const auto& [key, value] : batch.params) {
    if (!known.insert(key).second) {
      repeated += (repeated.empty() ? "'" : ", '") + key + "'";
    }
  }
  if (!repeated.empty()) {
    refuse("Duplicate parameter keys have been submitted: [" + repeated +
           "]. Please ensure the request contains only one param value per param key.");
  }
}

std::string item_of(const ports::ClientBatch& batch, const char* list, std::size_t index)
{
  return batch.is_batch ? std::string(list) + "[" + std::to_string(index) + "]." : "";
}

}  // namespace

std::size_t length_of(std::string_view text)
{
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char character) {
    return (static_cast<unsigned char>(character) & 0xc0U) != 0x80U;
  }));
}

void check_length(const std::string& what, std::size_t limit, std::string_view text)
{
  if (length_of(text) > limit) {
    refuse("'" + what + "' exceeds the maximum length of " + std::to_string(limit) + " characters");
  }
}

void check_key(const std::string& parameter, const std::string& what, const std::string& key)
{
  check_length(what, k_max_key, key);
  const bool good = std::all_of(key.begin(), key.end(), [](char character) {
    return is_word(character) ||
           std::string_view("/.- :").find(character) != std::string_view::npos;
  });
  if (!good) {
    refuse_value(parameter, quoted(key),
                 "Names may only contain alphanumerics, underscores (_), dashes (-), periods (.),"
                 " spaces ( ), colon(:) and slashes (/).");
  }
  const std::string normal = normal_path(key);
  if (normal != key || normal == "." || normal.starts_with("..") || normal.starts_with("/")) {
    refuse_value(parameter, quoted(key),
                 "Names may be treated as files in certain cases, and must not resolve to other"
                 " names when treated as such. This name would resolve to '" +
                     normal + "'");
  }
}

void check_pairs(const std::map<std::string, std::string>& pairs, const std::string& what,
                 std::size_t limit)
{
  for (const auto& [key, value] : pairs) {
    check_key("key", what + "key", key);
    check_length(what + "value", limit, value);
  }
}

void check_metric(const std::string& prefix, const model::MetricObservation& point)
{
  check_key(prefix + "name", "Metric name", point.key);
  if (point.time.ms < 0) {
    refuse_value(prefix + "timestamp", std::to_string(point.time.ms),
                 "metric '" + point.key + "' (value=" + number_json(point.value).dump() +
                     "). Timestamp must be a nonnegative long (64-bit integer) ");
  }
}

void check_batch(const ports::ClientBatch& batch)
{
  if (batch.is_batch) {
    check_count("metrics", k_max_metrics, batch.metrics.size());
    check_count("params", k_max_params, batch.params.size());
    check_count("tags", k_max_tags, batch.tags.size());
    check_count("metrics, params, and tags", k_max_entities,
                batch.metrics.size() + batch.params.size() + batch.tags.size());
    check_unique_params(batch);
  }
  std::size_t index = 0;
  for (const ports::ClientMetric& metric : batch.metrics) {
    check_metric(item_of(batch, "metrics", index++), metric.point);
  }
  index = 0;
  for (const auto& [key, value] : batch.params) {
    check_key(item_of(batch, "params", index++) + "key", "Param key", key);
    check_length("Param value", k_max_param, value);
  }
  index = 0;
  for (const auto& [key, value] : batch.tags) {
    const std::string item = item_of(batch, "tags", index++);
    check_key(item + "key", item + "key", key);
    check_length(item + "value", k_max_tag, value);
  }
}

void check_experiment_name(const std::string& name)
{
  check_length("name", k_max_experiment_name, name);
  const bool control = std::any_of(name.begin(), name.end(), [](char character) {
    return static_cast<unsigned char>(character) < 0x20 || character == 0x7f;
  });
  if (control) {
    refuse_value("name", quoted(name), "Names may not contain control characters.");
  }
}

void check_alias(const std::string& alias)
{
  if (!std::all_of(alias.begin(), alias.end(),
                   [](char character) { return is_word(character) || character == '-'; })) {
    refuse("Invalid alias name: '" + alias +
           "'. Names may only contain alphanumerics, underscores (_), and dashes (-).");
  }
  check_length("Registered model alias name", 255, alias);
  std::string small = alias;
  for (char& character : small) {
    character =
        character >= 'A' && character <= 'Z' ? static_cast<char>(character + 32) : character;
  }
  if (small == "latest") {
    refuse("'latest' alias name (case insensitive) is reserved.");
  }
  if (small.size() > 1 && small.front() == 'v' &&
      small.find_first_not_of("0123456789", 1) == std::string::npos) {
    refuse("Version alias name '" + alias + "' is reserved.");
  }
}

model::RunId to_run_id(const std::string& text)
{
  if (auto id = model::RunId::parse(text)) {
    return *id;
  }
  throw model::Error(model::ErrorKind::not_found,
                     "Run with id=" + text.substr(0, k_max_name) + " not found");
}

model::RunId run_id_of(const Fields& fields)
{
  const std::string old_name = fields.text_or_empty("run_uuid");
  const bool old = fields.text_or_empty("run_id").empty() && !old_name.empty();
  return to_run_id(old ? old_name : fields.require_text("run_id"));
}

std::int64_t to_experiment(const std::string& id)
{
  std::int64_t number = 0;
  const char* end = id.data() + id.size();
  const auto [stop, error] = std::from_chars(id.data(), end, number);
  if (error != std::errc{} || stop != end || number < 0 || id.starts_with('-')) {
    throw model::Error(model::ErrorKind::not_found,
                       "No Experiment with id=" + id.substr(0, k_max_name) + " exists");
  }
  return number;
}

std::vector<std::int64_t> to_experiments(const std::vector<std::string>& ids)
{
  std::vector<std::int64_t> numbers;
  for (const std::string& id : ids) {
    try {
      numbers.push_back(to_experiment(id));
    } catch (const model::Error&) {
      refuse("Invalid experiment ID '" + id.substr(0, k_max_name) +
             "'. Experiment ID must be a valid integer.");
    }
  }
  return numbers;
}

std::size_t to_limit(const Fields& fields, std::size_t standard, std::size_t most)
{
  const auto given = fields.integer("max_results");
  if (!given) {
    return standard;
  }
  if (*given < 1) {
    refuse("Invalid value " + std::to_string(*given) +
           " for parameter 'max_results' supplied. It must be a positive integer");
  }
  if (static_cast<std::uint64_t>(*given) > most) {
    refuse("Invalid value " + std::to_string(*given) +
           " for parameter 'max_results' supplied. It must be at most " + std::to_string(most));
  }
  return static_cast<std::size_t>(*given);
}

}  // namespace mlrepro::mlflow
