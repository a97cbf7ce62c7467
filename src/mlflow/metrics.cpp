// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <tuple>
#include <utility>

#include "mlflow/documents.hpp"
#include "mlflow/handlers.hpp"
#include "mlflow/page_token.hpp"
#include "mlflow/run_text.hpp"
#include "mlflow/validation.hpp"

namespace mlrepro::mlflow {
namespace {

constexpr std::size_t k_most_points = 25'000;
constexpr std::size_t k_most_runs_in_bulk = 100;
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
  if (texts.size() > k_most_runs_in_bulk) {
    refuse("GetMetricHistoryBulk request cannot specify more than " +
           std::to_string(k_most_runs_in_bulk) + " run_ids. Received " +
           std::to_string(texts.size()) + " run_ids.");
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

// `limit` of so many steps, evenly spread, or all when there are fewer.
template <typename At>
void spread(std::uint64_t count, std::size_t limit, const At& at, std::vector<std::int64_t>& chosen)
{
  const std::uint64_t most = std::min<std::uint64_t>(count, limit);
  for (std::uint64_t i = 0; i < most; ++i) {
    chosen.push_back(at(count <= limit ? i : i * count / limit));
  }
}

// The steps that any of the runs has, each once. Those of one series, or of several that are the
// same, are not written out.
class JoinedSteps {
 public:
  explicit JoinedSteps(const Range& range) : range_(range) {}

  void add(model::StepSeries steps)
  {
    if (steps.empty() || (single_ && steps == *single_)) {
      return;
    }
    if (!single_ && all_.empty() && steps.is_increasing()) {
      single_ = std::move(steps);
      return;
    }
    if (single_) {
      merge(*single_);
      single_.reset();
    }
    merge(steps);
  }

  // Evenly spread ones, and the first and the last one of each series.
  [[nodiscard]] std::vector<std::int64_t> sample(std::size_t limit) const
  {
    std::vector<std::int64_t> chosen = ends_;
    if (single_) {
      const std::uint64_t begin = single_->lower_bound(range_.first);
      const std::uint64_t end = range_.last == std::numeric_limits<std::int64_t>::max()
                                    ? single_->size()
                                    : single_->lower_bound(range_.last + 1);
      if (begin < end) {
        chosen.insert(chosen.end(), {single_->at(begin), single_->at(end - 1)});
      }
      spread(
          end - begin, limit, [&](std::uint64_t i) { return single_->at(begin + i); }, chosen);
    } else {
      spread(
          all_.size(), limit, [&](std::uint64_t i) { return all_[i]; }, chosen);
    }
    std::sort(chosen.begin(), chosen.end());
    chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
    return chosen;
  }

 private:
  void merge(const model::StepSeries& steps)
  {
    const auto more = steps.distinct(range_.first, range_.last);
    if (more.empty()) {
      return;
    }
    ends_.insert(ends_.end(), {more.front(), more.back()});
    const auto before = std::ssize(all_);
    all_.insert(all_.end(), more.begin(), more.end());
    std::inplace_merge(all_.begin(), all_.begin() + before, all_.end());
    all_.erase(std::unique(all_.begin(), all_.end()), all_.end());
  }

  Range range_;
  std::optional<model::StepSeries> single_;  // increasing; then there are no others
  std::vector<std::int64_t> all_;
  std::vector<std::int64_t> ends_;
};

// As MLflow lists them: clients that log in the background send them in any order.
void sort_by_time(std::vector<model::MetricObservation>& points)
{
  const auto earlier = [](const model::MetricObservation& a, const model::MetricObservation& b) {
    return std::tuple(a.time.ms, a.step, std::isnan(a.value) ? 0 : a.value) <
           std::tuple(b.time.ms, b.step, std::isnan(b.value) ? 0 : b.value);
  };
  if (!std::is_sorted(points.begin(), points.end(), earlier)) {
    std::stable_sort(points.begin(), points.end(), earlier);
  }
}

// {"metrics": [...]} with what is written in between, {} without any.
class PointsText {
 public:
  void add(std::string_view key, std::string_view run, const model::MetricPoint& point)
  {
    write_point(json_, {key, run, point.value, point.step, point.time});
  }

  // `next`: the token of the points that follow; empty: none do.
  [[nodiscard]] std::string finish(const std::string& next = {})
  {
    std::string answer;
    JsonWriter json(answer);
    json.begin_object();
    if (!points_.empty()) {
      json.name("metrics");
      json.raw("[" + points_ + "]");
    }
    if (!next.empty()) {
      json.field("next_page_token", next);
    }
    json.end_object();
    return answer;
  }

 private:
  std::string points_;
  JsonWriter json_{points_};
};

}  // namespace

std::string get_history(const Call& call)
{
  ports::HistoryRequest request;
  request.run = run_id_of(call.fields);
  request.key = call.fields.require_text("metric_key");
  request.skip = points_before(call.fields);
  if (call.fields.has("max_results")) {
    request.limit = to_limit(call.fields, k_most_points, 1'000'000) + 1;
  }
  auto points = call.ports.runs.history(request);
  const bool more = request.limit && points.size() == *request.limit;
  if (more) {
    points.pop_back();
  }
  sort_by_time(points);
  PointsText text;
  for (const model::MetricObservation& point : points) {
    text.add(point.key, {}, {point.value, point.step, point.time});
  }
  return text.finish(more ? to_page_token(std::to_string(request.skip + points.size())) : "");
}

std::string get_history_bulk(const Call& call)
{
  const auto runs = runs_of(call.fields, "run_id");
  const std::string key = call.fields.require_text("metric_key");
  std::size_t left = std::min(to_limit(call.fields, k_most_points, 1'000'000), k_most_points);
  PointsText text;
  for (const model::RunId& run : runs) {
    auto points = call.ports.runs.history({run, key, 0, std::max<std::size_t>(left, 1)});
    sort_by_time(points);
    for (const model::MetricObservation& point : points) {
      if (left > 0) {
        text.add(key, run.str(), {point.value, point.step, point.time});
        --left;
      }
    }
  }
  return text.finish();
}

std::string get_history_bulk_interval(const Call& call)
{
  auto runs = runs_of(call.fields, "run_ids");
  const std::string key = call.fields.require_text("metric_key");
  JoinedSteps joined(range_of(call.fields));
  const std::size_t limit = to_limit(call.fields, k_most_samples, k_most_samples);
  std::sort(runs.begin(), runs.end());
  runs.erase(std::unique(runs.begin(), runs.end()), runs.end());
  for (const model::RunId& run : runs) {
    joined.add(call.ports.runs.steps(run, key));
  }
  const auto steps = joined.sample(limit);
  PointsText text;
  for (const model::RunId& run : runs) {
    auto points = call.ports.runs.points_at(run, key, steps);
    std::stable_sort(points.begin(), points.end(), [](const auto& a, const auto& b) {
      return std::pair(a.step, a.time.ms) < std::pair(b.step, b.time.ms);
    });
    for (const model::MetricPoint& point : points) {
      text.add(key, run.str(), point);
    }
  }
  return text.finish();
}

}  // namespace mlrepro::mlflow
