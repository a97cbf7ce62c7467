// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/tracking/live_run.hpp"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "mlrepro/format/event_lines.hpp"
#include "mlrepro/tracking/follow_metrics.hpp"
#include "mlrepro/tracking/live_metric_files.hpp"

namespace mlrepro::tracking {
namespace {

constexpr std::uint64_t k_most_output = 64'000'000;

// Gives points their steps and times, and printed metrics their place behind logged ones.
class LiveFold {
 public:
  LiveFold(const Ports& ports, const model::Run& run, const LivePointVisitor& visit)
      : ports_(ports), run_(run), visit_(visit), now_(ports.data.clock.now())
  {
  }

  void add(const model::MetricLogged& metric)
  {
    model::MetricSummary& summary = summaries_[metric.key];
    const model::MetricPoint point{metric.value, metric.step.value_or(summary.next_step()),
                                   metric.time.value_or(now_)};
    summary.add(point);
    visit_(metric.key, "", point);
  }

  // When all that was logged is known.
  void add_printed()
  {
    if (prints_too_much(ports_, run_.id)) {
      return;
    }
    PrintedFollower(ports_, run_,
                    [this](const format::TextScalar& found, const std::string& source,
                           model::Timestamp time) { add(found, source, time); })
        .read_live();
  }

 private:
  void add(const format::TextScalar& found, const std::string& source, model::Timestamp time)
  {
    const auto [place, is_new] = summaries_.try_emplace(found.key);
    model::MetricSummary& summary = place->second;
    if (is_new) {
      summary.source = source;
    } else if (summary.source != source) {
      return;  // logged, or an echo on the other stream
    }
    const model::MetricPoint point{found.value, found.step.value_or(summary.next_step()), time,
                                   found.line};
    summary.add(point);
    visit_(found.key, source, point);
  }

  const Ports& ports_;
  const model::Run& run_;
  const LivePointVisitor& visit_;
  model::Timestamp now_;
  std::map<std::string, model::MetricSummary> summaries_;
};

}  // namespace

bool prints_too_much(const Ports& ports, const model::RunId& id)
{
  std::uint64_t bytes = 0;
  const ports::LogFiles logs = ports.live.paths(id).logs;
  for (const std::string* path : {&logs.stdout_path, &logs.stderr_path}) {
    const auto stat = ports.data.files.stat(*path, ports::FollowLinks::no);
    bytes += stat ? stat->size : 0;
  }
  return bytes > k_most_output;
}

void add_live_event(model::Run& run, const model::RunEvent& event)
{
  if (const auto* param = std::get_if<model::ParamLogged>(&event)) {
    run.params.emplace(param->key, model::Parameter{param->value, param->source});
  } else if (const auto* tag = std::get_if<model::TagLogged>(&event)) {
    run.tags[tag->key] = tag->value;
  } else if (const auto* note = std::get_if<model::NoteLogged>(&event)) {
    run.note += (run.note.empty() ? "" : "\n") + note->text;
  } else if (const auto* logged = std::get_if<model::ArtifactLogged>(&event)) {
    run.artifacts.push_back(logged->artifact);
  }
}

bool read_live_run(const Ports& ports, const model::Run& run, const LivePointVisitor& visit,
                   const std::function<void(const model::RunEvent&)>& other)
{
  if (!ports.live.liveness(run.id)) {
    return false;
  }
  LiveFold fold(ports, run, visit);
  for (const model::MetricLogged& metric : read_metric_files(ports, run)) {
    fold.add(metric);
  }
  const auto add_lines = [&](std::string_view text) {
    for (const model::RunEvent& event : format::parse_event_lines(text).events) {
      if (const auto* metric = std::get_if<model::MetricLogged>(&event)) {
        fold.add(*metric);
      } else {
        other(event);
      }
    }
  };
  for (const auto kind :
       {ports::LiveLines::metrics, ports::LiveLines::events, ports::LiveLines::resources}) {
    ports.live.read(run.id, kind, add_lines);
  }
  fold.add_printed();
  return ports.live.liveness(run.id)
      .has_value();  // else it was sealed meanwhile, and some is missing
}

model::Run with_live_events(const Ports& ports, model::Run run)
{
  if (run.status != model::RunStatus::running || !ports.live.liveness(run.id)) {
    return run;
  }
  model::Run seen = run;
  const bool is_whole = read_live_run(
      ports, run,
      [&](const std::string& key, const std::string& source, const model::MetricPoint& point) {
        model::MetricSummary& summary = seen.metrics[key];
        summary.source = source;
        summary.add(point);
      },
      [&](const model::RunEvent& event) { add_live_event(seen, event); });
  return is_whole ? seen : ports::find_run(ports.runs, run.id).value_or(run);
}

}  // namespace mlrepro::tracking
