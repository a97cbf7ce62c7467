// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/tracking/follow_metrics.hpp"

#include <utility>

namespace mlrepro::tracking {

PrintedFollower::PrintedFollower(const Ports& ports, const model::Run& run, Visit visit)
{
  if (run.scalars.empty()) {
    return;
  }
  const auto reader = [&](const char* source) {
    return std::make_unique<format::ScalarReader>(
        run.scalars,
        [this, visit, source, start = run.started_at.ms](const format::TextScalar& found) {
          visit(found, source, model::Timestamp{start + ms_});
        });
  };
  out_ = reader("text:stdout");
  err_ = reader("text:stderr");
  output_ = std::make_unique<OutputFollower>(ports, run.id, [this](const OutputPiece& piece) {
    ms_ = piece.ms;
    (piece.stream == 1 ? out_ : err_)->feed(piece.bytes);
    return true;
  });
}

void PrintedFollower::read_live()
{
  if (output_) {
    output_->read_live();
  }
}

MetricFollower::MetricFollower(const Ports& ports, const model::Run& run, Wanted wanted,
                               Visit visit)
    : ports_(ports),
      id_(run.id),
      wanted_(std::move(wanted)),
      visit_(std::move(visit)),
      files_(ports, run, [this](const model::MetricLogged& metric) { take_filed(metric); }),
      events_(ports, run.id, [this](const model::RunEvent& event) { take_event(event); }),
      printed_(ports, run,
               [this](const format::TextScalar& found, const std::string& source,
                      model::Timestamp time) { take(found, source, time); })
{
}

void MetricFollower::read_live()
{
  files_.read_live();
  events_.read_live();
  printed_.read_live();
}

// A record has the points of files of metrics before the logged ones, and printed ones only where
// nothing was logged.
void MetricFollower::finish(const model::Run& sealed)
{
  events_.finish();
  for (const auto& [key, summary] : sealed.metrics) {
    if (!wanted_(key)) {
      continue;
    }
    const Series& series = series_[key];
    const bool printed = !summary.source.empty();
    const auto count = static_cast<std::size_t>(summary.count);
    const std::size_t begin = printed ? series.printed : series.filed;
    const std::size_t end = printed ? count : count - std::min(count, series.logged);
    std::size_t number = 0;
    const std::string& name = key;  // clang 14 captures no structured binding
    const std::string& source = summary.source;
    ports_.runs.for_each_point(id_, key, [&](const model::MetricPoint& point) {
      if (number >= begin && number < end) {
        visit_({name, source, point});
      }
      ++number;
    });
  }
}

void MetricFollower::take_filed(const model::MetricLogged& metric)
{
  if (wanted_(metric.key)) {
    Series& series = series_[metric.key];
    tell(series, metric);
    ++series.filed;
  }
}

void MetricFollower::take_event(const model::RunEvent& event)
{
  const auto* metric = std::get_if<model::MetricLogged>(&event);
  if (metric != nullptr && wanted_(metric->key)) {
    Series& series = series_[metric->key];
    tell(series, *metric);
    ++series.logged;
  }
}

// What was printed before gives way.
void MetricFollower::tell(Series& series, const model::MetricLogged& metric)
{
  if (series.filed + series.logged == 0) {
    series.summary = {};
  }
  const model::MetricPoint point{metric.value, metric.step.value_or(series.summary.next_step()),
                                 metric.time.value_or(ports_.data.clock.now())};
  series.summary.add(point);
  visit_({metric.key, "", point});
}

void MetricFollower::take(const format::TextScalar& found, const std::string& source,
                          model::Timestamp time)
{
  if (!wanted_(found.key)) {
    return;
  }
  Series& series = series_[found.key];
  if (series.filed + series.logged > 0 || (series.printed > 0 && series.source != source)) {
    return;
  }
  ++series.printed;
  series.source = source;
  const model::MetricPoint point{found.value, found.step.value_or(series.summary.next_step()), time,
                                 found.line};
  series.summary.add(point);
  visit_({found.key, source, point});
}

}  // namespace mlrepro::tracking
