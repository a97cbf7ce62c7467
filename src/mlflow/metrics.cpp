// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <limits>
#include <unordered_set>

#include "mlflow/documents.hpp"
#include "mlflow/handlers.hpp"
#include "mlflow/page_token.hpp"
#include "mlflow/validation.hpp"

namespace mlrepro::mlflow {
namespace {

constexpr std::size_t k_most_points = 25'000;
constexpr std::size_t k_most_runs = 100;
constexpr std::size_t k_most_samples = 2500;

std::uint64_t points_before(const Fields& fields)
{
  const std::string place = from_page_token(fields.text_or_empty("page_token"));
  std::uint64_t count = 0;
  const char* end = place.data() + place.size();
  if (!place.empty()) {
    const auto [stop, error] = std::from_chars(place.data(), end, count);
    if (error != std::errc{} || stop != end) {
      refuse("Invalid page token, it is none of a metric's history");
    }
  }
  return count;
}

std::vector<model::RunId> runs_of(const Fields& fields, const char* name)
{
  const auto texts = fields.texts(name);
  if (texts.empty()) {
    (void)fields.require_text(name);
  }
  if (texts.size() > k_most_runs) {
    refuse("GetMetricHistoryBulk request cannot specify more than " + std::to_string(k_most_runs) +
           " run_ids. Received " + std::to_string(texts.size()) + " run_ids.");
  }
  std::vector<model::RunId> runs;
  for (const std::string& text : texts) {
    runs.push_back(to_run_id(text));
  }
  return runs;
}

struct Range {
  std::int64_t first = 0;
  std::int64_t last = std::numeric_limits<std::int64_t>::max();

  [[nodiscard]] bool has(std::int64_t step) const { return step >= first && step <= last; }
};

Range range_of(const Fields& fields)
{
  const auto first = fields.integer("start_step");
  const auto last = fields.integer("end_step");
  if (first.has_value() != last.has_value()) {
    refuse("If either start step or end step are specified, both must be specified.");
  }
  if (!first) {
    return {};
  }
  if (*first > *last) {
    refuse("end_step must be greater than start_step. Found start_step=" + std::to_string(*first) +
           " and end_step=" + std::to_string(*last) + ".");
  }
  return {*first, *last};
}

// The steps that are shown: evenly spread over those that any of the runs has, and each run's own
// first and last one.
std::unordered_set<std::int64_t> sample_steps(const Call& call,
                                              const std::vector<model::RunId>& runs,
                                              const std::string& key, const Range& range,
                                              std::size_t limit)
{
  std::vector<std::int64_t> all;
  std::unordered_set<std::int64_t> chosen;
  for (const model::RunId& run : runs) {
    const auto begin = static_cast<std::ptrdiff_t>(all.size());
    call.ports.runs.for_each_point(run, key, [&](const model::MetricObservation& point) {
      if (range.has(point.step)) {
        all.push_back(point.step);
      }
    });
    if (std::ssize(all) > begin) {
      const auto [low, high] = std::minmax_element(all.begin() + begin, all.end());
      chosen.insert({*low, *high});
    }
    std::sort(all.begin() + begin, all.end());
    std::inplace_merge(all.begin(), all.begin() + begin, all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
  }
  if (all.size() <= limit) {
    chosen.insert(all.begin(), all.end());
    return chosen;
  }
  for (std::size_t i = 0; i < limit; ++i) {
    chosen.insert(all[i * all.size() / limit]);
  }
  return chosen;
}

Json point_of_run(const model::MetricObservation& point, const model::RunId& run)
{
  Json item = metric_json(point);
  item["run_id"] = run.str();
  return item;
}

Json metrics_document(Json metrics)
{
  Json document = Json::object();
  put_list(document, "metrics", std::move(metrics));
  return document;
}

}  // namespace

Json get_history(const Call& call)
{
  ports::HistoryRequest request;
  request.run = run_id_of(call.fields);
  request.key = call.fields.require_text("metric_key");
  request.skip = points_before(call.fields);
  if (call.fields.has("max_results")) {
    request.limit = to_limit(call.fields, k_most_points, 1'000'000) + 1;
  }
  Json metrics = Json::array();
  auto points = call.ports.runs.history(request);
  const bool more = request.limit && points.size() == *request.limit;
  if (more) {
    points.pop_back();
  }
  for (const model::MetricObservation& point : points) {
    metrics.push_back(metric_json(point));
  }
  Json document = metrics_document(std::move(metrics));
  if (more) {
    document["next_page_token"] = to_page_token(std::to_string(request.skip + points.size()));
  }
  return document;
}

Json get_history_bulk(const Call& call)
{
  const auto runs = runs_of(call.fields, "run_id");
  const std::string key = call.fields.require_text("metric_key");
  std::size_t left = std::min(to_limit(call.fields, k_most_points, 1'000'000), k_most_points);
  Json metrics = Json::array();
  for (const model::RunId& run : runs) {
    for (const model::MetricObservation& point :
         call.ports.runs.history({run, key, 0, std::max<std::size_t>(left, 1)})) {
      if (left > 0) {
        metrics.push_back(point_of_run(point, run));
        --left;
      }
    }
  }
  return metrics_document(std::move(metrics));
}

Json get_history_bulk_interval(const Call& call)
{
  auto runs = runs_of(call.fields, "run_ids");
  const std::string key = call.fields.require_text("metric_key");
  const Range range = range_of(call.fields);
  const std::size_t limit = to_limit(call.fields, k_most_samples, k_most_samples);
  std::sort(runs.begin(), runs.end());
  runs.erase(std::unique(runs.begin(), runs.end()), runs.end());
  const auto steps = sample_steps(call, runs, key, range, limit);
  Json metrics = Json::array();
  for (const model::RunId& run : runs) {
    std::vector<model::MetricObservation> points;
    call.ports.runs.for_each_point(run, key, [&](const model::MetricObservation& point) {
      if (range.has(point.step) && steps.contains(point.step)) {
        points.push_back(point);
      }
    });
    std::stable_sort(points.begin(), points.end(), [](const auto& a, const auto& b) {
      return std::pair(a.step, a.time.ms) < std::pair(b.step, b.time.ms);
    });
    for (const model::MetricObservation& point : points) {
      metrics.push_back(point_of_run(point, run));
    }
  }
  return metrics_document(std::move(metrics));
}

}  // namespace mlrepro::mlflow
