// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/tracking/seal_run.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include "mlrepro/format/event_lines.hpp"
#include "mlrepro/format/metrics_file.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/levels.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/tracking/record_data.hpp"
#include "tracking/printed_metrics.hpp"
#include "tracking/traced_data.hpp"

namespace mlrepro::tracking {
namespace {

using model::RunStatus;

RunStatus status_of(const std::optional<ports::ProcessResult>& process)
{
  if (!process) {
    return RunStatus::lost;
  }
  if (process->timed_out || process->signal) {
    return RunStatus::killed;
  }
  return process->exit_code == 0 ? RunStatus::finished : RunStatus::failed;
}

class RecordEnd {
 public:
  RecordEnd(const Ports& ports, const model::Run& run, std::string top, const Ending& ending)
      : ports_(ports), run_(run), top_(std::move(top)), ending_(ending), printed_(ports, run)
  {
    end_.inputs = run.inputs;
    end_.outputs = run.outputs;
  }

  void add_metric_files(const std::vector<std::string>& old)
  {
    for (const std::string& recorded : run_.metric_files) {
      attempt("metrics file '" + recorded + "'", [&] {
        const std::string path = plan::absolute_path(top_, recorded);
        if (std::find(old.begin(), old.end(), recorded) != old.end() ||
            !ports_.data.files.stat(path, ports::FollowLinks::yes)) {
          problem("metrics file '" + recorded + "' was not written");
          return;
        }
        const std::string real = ports_.data.files.resolve(path);
        auto file = format::parse_metrics(recorded, ports::read_file(ports_.data.files, real));
        for (model::MetricLogged& metric : file.metrics) {
          logged_.insert(metric.key);
          metrics_of_files_.emplace_back(std::move(metric));
        }
        for (const std::string& name : file.skipped) {
          problem("metrics file '" + recorded + "': '" + name + "' is no number");
        }
      });
    }
  }

  void add_outputs()
  {
    for (model::RunData& output : end_.outputs) {
      attempt("output '" + output.path + "'", [&] {
        const auto stored = run_.keep >= model::Level::evaluation ? model::Stored::content
                                                                  : model::Stored::identity_only;
        if (!record_data(ports_, {top_, run_.id}, stored, output, files_of(output))) {
          problem("output '" + output.path + "' was not written");
        }
      });
    }
  }

  void check_inputs()
  {
    for (model::RunData& input : end_.inputs) {
      attempt("input '" + input.path + "'", [&] {
        model::RunData now = input;
        const bool there = record_data(ports_, {top_, run_.id}, model::Stored::identity_only, now,
                                       files_of(input));
        input.changed_during_run = !there || now.snapshot != input.snapshot;
      });
    }
  }

  // Behind what was declared, which counts first.
  void add_traced()
  {
    if (!run_.trace || !run_.trace->active) {
      return;
    }
    attempt("what the trace found", [&] {
      TracedData traced(ports_, run_, top_, [this](const std::string& what, const auto& error) {
        attempt(what, [&]() -> void { throw model::Error(error); });
      });
      traced.read(ending_.untraced, end_.inputs, end_.outputs);
      traced.add_inputs(end_.inputs);
      if (ending_.take_outputs) {
        traced.add_outputs(end_.outputs);
      }
      traced.warn(end_.inputs);
      end_.trace = traced.trace();
    });
  }

  void add_logs()
  {
    const ports::LivePaths paths = ports_.live.paths(run_.id);
    const auto batch = ports_.data.objects.begin();
    const auto put = [&](const std::string& path, std::optional<model::Digest>& digest) {
      if (ports_.data.files.stat(path, ports::FollowLinks::no)) {
        digest = batch->put(ports::ObjectKind::blob, *ports_.data.files.open(path)).digest;
      }
    };
    put(paths.logs.stdout_path, end_.logs.stdout_digest);
    put(paths.logs.stderr_path, end_.logs.stderr_digest);
    put(paths.logs.index_path, end_.logs.index_digest);
    batch->commit();
  }

  // Before the live record is locked: a long log takes a while.
  void read_printed_metrics()
  {
    attempt("what the output has of metrics", [&] { printed_.read(); });
    for (const std::string& text : printed_.problems()) {
      problem(text);
    }
  }

  // Clients log to the database, before the seal.
  void read_logged_by_clients()
  {
    ports::RunQuery query;
    query.id_prefix = run_.id.str();
    for (const model::Run& run : ports_.runs.list(query)) {
      for (const auto& [key, summary] : run.metrics) {
        logged_.insert(key);
      }
      for (const model::RunData& input : run.inputs) {
        if (std::none_of(end_.inputs.begin(), end_.inputs.end(),
                         [&](const model::RunData& known) { return known.path == input.path; })) {
          end_.inputs.push_back(input);
        }
      }
    }
  }

  // With the live record locked: what it has goes into the database a piece at a time.
  void write()
  {
    std::vector<std::string> bad_lines;
    end_.ended_at = ports_.data.clock.now();
    {
      const auto seal = ports_.runs.begin_seal(run_.id, end_.ended_at);
      seal->add(metrics_of_files_);
      add_lines(*seal, {ports::LiveLines::metrics, "$MLREPRO_METRICS"}, bad_lines);
      add_lines(*seal, {ports::LiveLines::events, "log"}, bad_lines);
      add_lines(*seal, {ports::LiveLines::resources, "measured resources"}, bad_lines);
      end_.problems.insert(end_.problems.end(), bad_lines.begin(), bad_lines.end());
      end_.printed = printed_.take(logged_);
      conclude();
      seal->finish(end_);
    }
    // Whoever reads the warnings may be slow; other writers are not to wait for that.
    for (const std::string& text : bad_lines) {
      ports_.data.reporter.warn(text);
    }
  }

  [[nodiscard]] const ports::RunEnd& end() const { return end_; }
  [[nodiscard]] const std::optional<model::Error>& failure() const { return failure_; }

 private:
  struct Origin {
    ports::LiveLines kind;
    const char* name;
  };

  void add_lines(ports::RunSeal& seal, const Origin& origin, std::vector<std::string>& bad_lines)
  {
    std::size_t line = 1;
    ports_.live.read(run_.id, origin.kind, [&](std::string_view text) {
      const format::EventLines lines = format::parse_event_lines(text, line);
      line = lines.next_line;
      for (const model::RunEvent& event : lines.events) {
        if (const auto* metric = std::get_if<model::MetricLogged>(&event)) {
          logged_.insert(metric->key);
        }
      }
      seal.add(lines.events);
      for (const format::BadLine& bad : lines.bad) {
        bad_lines.push_back(std::string(origin.name) + ", line " + std::to_string(bad.line) + ": " +
                            bad.problem);
      }
    });
  }

  void conclude()
  {
    end_.status = status_of(ending_.process);
    if (ending_.process) {
      end_.exit_code = ending_.process->exit_code;
      end_.signal = ending_.process->signal;
      end_.stopped_by = ending_.process->stopped_by;
      end_.resources = ending_.process->resources;
    }
    end_.environment = ending_.environment ? ending_.environment : run_.environment;
    end_.problems.insert(end_.problems.begin(), ending_.problems.begin(), ending_.problems.end());
    model::Run ended = run_;
    ended.exit_code = end_.exit_code;
    ended.inputs = end_.inputs;
    ended.outputs = end_.outputs;
    ended.environment = end_.environment;
    ended.trace = end_.trace ? end_.trace : run_.trace;
    for (const std::string& key : logged_) {
      ended.metrics[key];
    }
    for (const model::PrintedMetric& metric : end_.printed) {
      ended.metrics[metric.key];
    }
    const plan::RecordedLevel level = plan::recorded_level(ended);
    end_.recorded = level.level;
    end_.missing = level.missing;
  }

  [[nodiscard]] std::vector<std::string> files_of(const model::RunData& data) const
  {
    const auto listed = ending_.listed.find(data.path);
    return data.partial && listed != ending_.listed.end() ? listed->second
                                                          : std::vector<std::string>();
  }

  void problem(const std::string& text)
  {
    end_.problems.push_back(text);
    ports_.data.reporter.warn(text);
  }

  // One part that can't be recorded must not cost the rest of the record.
  template <typename Action>
  void attempt(const std::string& what, Action action)
  {
    try {
      action();
    } catch (const model::Error& error) {
      problem(what + " is not recorded: " + error.message());
      if (!failure_ && error.kind() == model::ErrorKind::io) {
        failure_ = error;
      }
    }
  }

  const Ports& ports_;
  const model::Run& run_;
  std::string top_;
  const Ending& ending_;
  PrintedMetrics printed_;
  std::set<std::string> logged_;  // metrics
  std::vector<model::RunEvent> metrics_of_files_;
  ports::RunEnd end_;
  std::optional<model::Error> failure_;
};

void seal_child(const Ports& ports, const model::RunId& id, const ports::RunEnd& parents)
{
  const auto child = ports::find_run(ports.runs, id);
  if (!child) {
    return;
  }
  ports::RunEnd end;
  end.status = parents.status;
  end.ended_at = parents.ended_at;
  end.inputs = child->inputs;
  end.outputs = child->outputs;
  end.problems.emplace_back("the command ended before this run was ended");
  const plan::RecordedLevel level = plan::recorded_level(*child);
  end.recorded = level.level;
  end.missing = level.missing;
  try {
    ports.runs.seal(id, end);
  } catch (const model::Error& error) {
    if (error.kind() != model::ErrorKind::conflict) {  // its client ended it just now
      throw;
    }
  }
}

}  // namespace

void seal_descendants(const Ports& ports, const model::Run& ancestor, const ports::RunEnd& end)
{
  if (ancestor.sweep) {
    return;
  }
  std::set<model::RunId> seen{ancestor.id};  // what clients say of parents may go round in circles
  std::vector<model::RunId> waiting{ancestor.id};
  while (!waiting.empty()) {
    ports::RunQuery query;
    query.parent = waiting.back();
    query.detail = ports::RunQuery::Detail::names;
    waiting.pop_back();
    for (const model::Run& child : ports.runs.list(query)) {
      if (ports.live.liveness(child.id) || !seen.insert(child.id).second) {
        continue;
      }
      if (child.status == RunStatus::running) {
        seal_child(ports, child.id, end);
      }
      waiting.push_back(child.id);
    }
  }
}

Sealing seal_run(const Ports& ports, const model::Run& run, const std::string& top,
                 const Ending& ending)
{
  const auto hold = ports.data.objects.hold();
  RecordEnd sealing(ports, run, top, ending);
  sealing.read_logged_by_clients();
  sealing.add_metric_files(ending.old_metric_files);
  if (ending.take_outputs) {
    sealing.add_outputs();
    sealing.check_inputs();
  }
  sealing.add_traced();
  sealing.add_logs();
  sealing.read_printed_metrics();
  const auto guard = ports.live.lock(run.id);
  if (!guard) {
    return {};
  }
  sealing.read_logged_by_clients();  // others may have gone on meanwhile
  sealing.write();
  // Before the live record goes: whoever finds one of a sealed run does this again.
  seal_descendants(ports, run, sealing.end());
  guard->remove();
  return {true, sealing.failure()};
}

}  // namespace mlrepro::tracking
