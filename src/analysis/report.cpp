// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/analysis/report.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "analysis/report_files.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/series_sketch.hpp"
#include "mlrepro/tracking/follow_output.hpp"
#include "mlrepro/tracking/read_metrics.hpp"

namespace mlrepro::analysis {
namespace {

using model::Report;
using model::ReportSide;

constexpr std::size_t k_least_spans = 128;

model::ReportSeries reduced(const std::string& key, const plan::SeriesSketch& sketch,
                            std::size_t most)
{
  model::ReportSeries series;
  series.key = key;
  series.points = sketch.summary().count;
  series.first_step = sketch.first_step();
  series.last_step = sketch.last_step();
  series.nans = static_cast<std::int64_t>(sketch.nan_count());
  series.infinities = static_cast<std::int64_t>(sketch.infinite_count());
  const auto spans = sketch.spans();
  // Neighbours are joined; a sketch has spans of equal width, and so have these.
  const std::size_t joined = (spans.size() + most - 1) / std::max<std::size_t>(most, 1);
  std::size_t number = 0;
  for (const auto& [step, span] : spans) {
    if (number++ % std::max<std::size_t>(joined, 1) == 0) {
      series.steps.push_back(step);
      series.low.push_back(span.min);
      series.high.push_back(span.max);
    } else {
      series.low.back() = std::min(series.low.back(), span.min);
      series.high.back() = std::max(series.high.back(), span.max);
    }
  }
  return series;
}

// The metrics that have a curve: several points in a run, or in the one beside it.
using CurveKeys = std::set<std::string>;
void add_curve_keys(const model::Run& run, CurveKeys& keys)
{
  for (const auto& [key, summary] : run.metrics) {
    if (summary.count > 1) {
      keys.insert(key);
    }
  }
}

void add_series(const tracking::Ports& ports, const model::Run& run, const CurveKeys& keys,
                const ReportLimits& limits, ReportSide& side)
{
  if (keys.empty()) {
    return;
  }
  const std::size_t most = std::clamp(limits.all_spans / keys.size(), k_least_spans, limits.spans);
  const tracking::MetricReader reader(ports, run);
  for (const auto& [key, summary] : run.metrics) {
    if (keys.contains(key)) {
      plan::SeriesSketch sketch;
      std::optional<std::int64_t> first_nan;
      reader.for_each_point(key, [&](const model::MetricPoint& point) {
        sketch.add(point);
        if (std::isnan(point.value)) {
          first_nan = std::min(first_nan.value_or(point.step), point.step);
        }
      });
      side.series.push_back(reduced(key, sketch, most));
      side.series.back().first_nan = first_nan;
    }
  }
}

ReportSide side_of(const tracking::Ports& ports, const model::Run& run, const ReportLimits& limits,
                   const model::Run* beside = nullptr)
{
  CurveKeys keys;
  add_curve_keys(run, keys);
  if (beside != nullptr) {
    add_curve_keys(*beside, keys);
  }

  ReportSide side;
  side.name = run.name;
  side.id = run.id.str();
  side.run = run;
  add_series(ports, run, keys, limits, side);
  return side;
}

// Keeps the last bytes of a stream, from the start of a line on.
class LogEnd {
 public:
  explicit LogEnd(std::uint64_t most) : most_(most) {}

  void add(std::string_view bytes)
  {
    log_.text += bytes;
    if (log_.text.size() > 4 * most_) {
      cut();
    }
  }

  std::optional<model::ReportLog> take()
  {
    cut();
    if (log_.left_out > 0) {
      const std::size_t line = log_.text.find('\n');
      if (line != std::string::npos) {
        drop(line + 1);
      }
    }
    return log_.text.empty() ? std::nullopt : std::optional(std::move(log_));
  }

 private:
  void cut()
  {
    if (log_.text.size() > most_) {
      drop(log_.text.size() - most_);
    }
  }

  void drop(std::size_t bytes)
  {
    log_.text.erase(0, bytes);
    log_.left_out += bytes;
  }

  std::uint64_t most_;
  model::ReportLog log_;
};

void add_logs(const tracking::Ports& ports, const model::Run& run, const ReportLimits& limits,
              Report& report)
{
  LogEnd out(limits.log_bytes);
  LogEnd err(limits.log_bytes);
  try {
    tracking::OutputFollower output(ports, run.id, [&](const tracking::OutputPiece& piece) {
      (piece.stream == 1 ? out : err).add(piece.bytes);
      return true;
    });
    (void)output.read_live();
    (void)output.finish(run.logs);
  } catch (const model::Error& error) {
    report.notes.push_back("The output can't be read: " + error.message());
  }
  report.sides.front().out = out.take();
  report.sides.front().err = err.take();
}

void take_files(DrawnFiles& files, Report& report)
{
  report.files = files.take();
  report.notes.insert(report.notes.end(), files.notes().begin(), files.notes().end());
}

void cut_list(std::vector<model::FileChange>& list, std::size_t most)
{
  if (list.size() > most) {
    list.resize(most);
  }
}

void cut_files(const std::string& path, model::ManifestDiff& files, const ReportLimits& limits,
               Report& report)
{
  const std::size_t most = limits.files_listed;
  if (std::max({files.added.size(), files.removed.size(), files.changed.size()}) > most) {
    report.counts.push_back({path, files.added.size(), files.removed.size(), files.changed.size()});
    cut_list(files.added, most);
    cut_list(files.removed, most);
    cut_list(files.changed, most);
  }
}

void cut_patches(model::CodeDiff& code, const ReportLimits& limits, Report& report)
{
  std::uint64_t taken = 0;
  std::size_t dropped = 0;
  for (model::CodeFileDiff& file : code.files) {
    if (taken + file.patch.size() > limits.patch_bytes) {
      file.patch.clear();
      ++dropped;
    }
    taken += file.patch.size();
  }
  if (dropped > 0) {
    report.notes.push_back("The changed lines of " + format::counted(dropped, "source file") +
                           " are left out: a page has up to " +
                           format::human_bytes(limits.patch_bytes) +
                           " of them. 'mlrepro diff A B --patch' has all.");
  }
}

// Contents are seen from their roots; one that is a file, by its name.
std::string file_name_of(const model::TreeEntry& root, const std::string& path)
{
  return root.type == model::EntryType::file ? path.substr(path.rfind('/') + 1) : std::string();
}

void add_diff(model::RunDiff diff, const ReportLimits& limits, Report& report)
{
  for (auto* list : {&diff.inputs, &diff.outputs}) {
    for (model::DataDiff& data : *list) {
      cut_files(data.path, data.files, limits, report);
    }
  }
  cut_patches(diff.code, limits, report);
  report.run_diff = std::move(diff);
}

}  // namespace

Report report_run(const tracking::Ports& ports, const model::Run& run, const ReportLimits& limits)
{
  Report report;
  report.made_at = ports.data.clock.now();
  report.sides.push_back(side_of(ports, run, limits));
  add_logs(ports, run, limits, report);
  DrawnFiles files(ports, limits);
  files.add_artifacts(0, run);
  files.add_outputs(0, run);
  take_files(files, report);
  return report;
}

Report report_snapshot(const tracking::Ports& ports, const model::Snapshot& snapshot,
                       const std::string& name, const ReportLimits& limits)
{
  Report report;
  report.made_at = ports.data.clock.now();
  ReportSide& side = report.sides.emplace_back();
  side.name = name;
  side.id = snapshot.id.hex();
  side.snapshot = snapshot;
  if (snapshot.stored == model::Stored::content) {
    DrawnFiles files(ports, limits);
    files.add_content(0, snapshot.root, file_name_of(snapshot.root, snapshot.path));
    take_files(files, report);
  }
  return report;
}

Report report_runs(const tracking::Ports& ports, const model::Run& a, const model::Run& b,
                   model::RunDiff diff, const ReportLimits& limits)
{
  Report report;
  report.made_at = ports.data.clock.now();
  report.sides.push_back(side_of(ports, a, limits, &b));
  report.sides.push_back(side_of(ports, b, limits, &a));
  add_diff(std::move(diff), limits, report);
  DrawnFiles files(ports, limits);
  std::size_t side = 0;
  for (const model::Run* run : {&a, &b}) {
    files.add_artifacts(side, *run);
    files.add_outputs(side, *run);
    ++side;
  }
  take_files(files, report);
  return report;
}

Report report_working_tree(const tracking::Ports& ports, const model::Run& run, model::RunDiff diff,
                           const ReportLimits& limits)
{
  Report report;
  report.made_at = ports.data.clock.now();
  report.sides.push_back(side_of(ports, run, limits));
  report.sides.push_back({diff.b, {}, {}, {}, {}, {}});
  add_diff(std::move(diff), limits, report);
  return report;
}

Report report_contents(const tracking::Ports& ports, const NamedContent& a, const NamedContent& b,
                       model::SnapshotDiff diff, const ReportLimits& limits)
{
  Report report;
  report.made_at = ports.data.clock.now();
  DrawnFiles files(ports, limits);
  // A file by the name it has in a, so that both sides have equal paths.
  const std::string path = file_name_of(a.content.root, a.content.path);
  std::size_t side = 0;
  for (const NamedContent* named : {&a, &b}) {
    report.sides.push_back({named->name, named->content.id.hex(), {}, {}, {}, {}});
    if (named->content.stored && !diff.same) {
      files.add_content(side, named->content.root, path);
    }
    ++side;
  }
  cut_files("", diff.files, limits, report);
  report.snapshot_diff = std::move(diff);
  take_files(files, report);
  return report;
}

Report report_content_now(const tracking::Ports& ports, const NamedContent& a,
                          const std::string& b_name, model::SnapshotDiff diff,
                          const ReportLimits& limits)
{
  Report report;
  report.made_at = ports.data.clock.now();
  report.sides.push_back({a.name, a.content.id.hex(), {}, {}, {}, {}});
  report.sides.push_back({b_name, {}, {}, {}, {}, {}});
  cut_files("", diff.files, limits, report);
  report.snapshot_diff = std::move(diff);
  return report;
}

}  // namespace mlrepro::analysis
