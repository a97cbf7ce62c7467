// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/tracking/live_metric_files.hpp"

#include <iterator>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "mlrepro/format/metrics_file.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"

namespace mlrepro::tracking {
namespace {

using model::Error;

constexpr std::size_t k_file_bytes = 262'144;
constexpr std::int64_t k_ns_per_ms = 1'000'000;

// Absent when it is not there, or was there before the run.
std::optional<ports::FileStat> find_fresh(const Ports& ports, const model::Run& run,
                                          const std::string& path)
{
  const auto stat = ports.data.files.stat(path, ports::FollowLinks::yes);
  const bool fresh = stat && stat->type == ports::FileType::file &&
                     stat->mtime_ns >= run.started_at.ms * k_ns_per_ms;
  return fresh ? stat : std::nullopt;
}

}  // namespace

std::vector<model::MetricLogged> read_metric_files(const Ports& ports, const model::Run& run)
{
  std::vector<model::MetricLogged> metrics;
  for (const std::string& name : run.metric_files) {
    try {
      const std::string path = plan::absolute_path(run.top, name);
      if (!find_fresh(ports, run, path)) {
        continue;
      }
      std::string text = ports::read_file(ports.data.files, ports.data.files.resolve(path));
      if (format::MetricsTail::grows(name)) {
        text.resize(text.rfind('\n') + 1);  // none: npos + 1 is 0
      }
      auto file = format::parse_metrics(name, text);
      std::move(file.metrics.begin(), file.metrics.end(), std::back_inserter(metrics));
    } catch (const Error&) {
      // Read again, and judged, when the run has ended.
    }
  }
  return metrics;
}

MetricFilesFollower::MetricFilesFollower(const Ports& ports, const model::Run& run, Visit visit)
    : ports_(ports), run_(run), visit_(std::move(visit))
{
  for (const std::string& name : run.metric_files) {
    if (format::MetricsTail::grows(name)) {
      sources_.push_back({name,
                          plan::absolute_path(run.top, name),
                          nullptr,
                          {},
                          0,
                          format::MetricsTail(name),
                          {},
                          {}});
    }
  }
}

void MetricFilesFollower::read_live()
{
  for (Source& source : sources_) {
    try {
      read(source);
    } catch (const Error&) {
      source.file.reset();  // gone or not to be read: perhaps the next time
    }
  }
}

void MetricFilesFollower::read(Source& source)
{
  const auto now = find_fresh(ports_, run_, source.path);
  if (!now) {
    return;
  }
  const bool same = source.file && source.opened.inode == now->inode &&
                    source.opened.device == now->device && now->size >= source.read;
  if (!same) {
    open(source, *now);
  }
  std::string piece(k_file_bytes, '\0');
  while (const std::size_t size = source.file->read(std::as_writable_bytes(std::span(piece)))) {
    source.read += size;
    take(source, std::string_view(piece).substr(0, size));
  }
}

void MetricFilesFollower::open(Source& source, const ports::FileStat& now)
{
  source.file = ports_.data.files.open(ports_.data.files.resolve(source.path));
  source.opened = now;
  source.read = 0;
  source.tail = format::MetricsTail(source.name);
  source.seen.clear();
}

void MetricFilesFollower::take(Source& source, std::string_view bytes)
{
  for (const model::MetricLogged& metric : source.tail.feed(bytes)) {
    if (++source.seen[metric.key] > source.told[metric.key]) {
      ++source.told[metric.key];
      visit_(metric);
    }
  }
}

}  // namespace mlrepro::tracking
