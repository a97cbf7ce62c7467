// SPDX-License-Identifier: Apache-2.0
#include "tracking/printed_metrics.hpp"

#include <memory>
#include <utility>

#include "tracking/live_log.hpp"

namespace mlrepro::tracking {
namespace {

// More than any script means to report, and few enough for a record.
constexpr std::size_t k_most_names = 500;
constexpr std::size_t k_most_points = 250'000;
constexpr std::size_t k_log_bytes = 262'144;

template <typename Take>
void read_pieces(ports::ByteSource& source, Take take)
{
  std::string buffer(k_log_bytes, '\0');
  while (const std::size_t size = source.read(std::as_writable_bytes(std::span(buffer)))) {
    take(std::string_view(buffer).substr(0, size));
  }
}

// When the pieces of one stream were written, out of log.index.
class LogTimes {
 public:
  LogTimes(const Ports& ports, const std::string& path, int stream)
  {
    const auto file = open_live_file(ports.data.files, path);
    std::string rest;
    const auto take = [&](std::string_view piece) {
      rest += piece;
      std::size_t begin = 0;
      for (std::size_t end = rest.find('\n'); end != std::string::npos;
           end = rest.find('\n', begin)) {
        add(std::string_view(rest).substr(begin, end - begin), stream);
        begin = end + 1;
      }
      rest.erase(0, begin);
    };
    if (file) {
      read_pieces(*file, take);
    }
  }

  // Of the byte before an offset, in milliseconds after the start. Offsets may not go back.
  std::int64_t at(std::uint64_t offset)
  {
    while (next_ + 1 < pieces_.size() && pieces_[next_].end < offset) {
      ++next_;
    }
    return pieces_.empty() ? 0 : pieces_[next_].ms;
  }

 private:
  struct Piece {
    std::uint64_t end = 0;
    std::int64_t ms = 0;
  };

  void add(std::string_view line, int stream)
  {
    const auto entry = parse_log_index_line(line);
    if (!entry || entry->stream != stream) {
      return;
    }
    end_ += entry->bytes;
    if (!pieces_.empty() && pieces_.back().ms == entry->ms) {
      pieces_.back().end = end_;
    } else {
      pieces_.push_back({end_, entry->ms});
    }
  }

  std::vector<Piece> pieces_;
  std::uint64_t end_ = 0;
  std::size_t next_ = 0;
};

}  // namespace

PrintedMetrics::PrintedMetrics(const Ports& ports, const model::Run& run) : ports_(ports), run_(run)
{
}

void PrintedMetrics::read()
{
  if (run_.scalars.empty()) {
    return;
  }
  const ports::LogFiles logs = ports_.live.paths(run_.id).logs;
  read_stream(logs.stdout_path, 1);
  read_stream(logs.stderr_path, 2);
}

void PrintedMetrics::read_stream(const std::string& path, int stream)
{
  const auto file = open_live_file(ports_.data.files, path);
  if (!file || file->stat().size == 0) {
    return;
  }
  const std::string source = stream == 1 ? "text:stdout" : "text:stderr";
  std::optional<LogTimes> times;
  format::ScalarReader reader(run_.scalars, [&](const format::TextScalar& found) {
    if (!times) {
      times.emplace(ports_, ports_.live.paths(run_.id).logs.index_path, stream);
    }
    add(found, source, model::Timestamp{run_.started_at.ms + times->at(found.end)});
  });
  read_pieces(*file, [&](std::string_view piece) { reader.feed(piece); });
  reader.finish();
}

void PrintedMetrics::add(const format::TextScalar& found, const std::string& source,
                         model::Timestamp time)
{
  auto place = series_.find(found.key);
  if (place == series_.end()) {
    if (series_.size() == k_most_names) {
      too_many_names_ = true;
      return;
    }
    place = series_.emplace(found.key, Series{{found.key, source, {}}, {}}).first;
  }
  Series& series = place->second;
  // A logger that echoes on the other stream what was printed has nothing new to say.
  if (series.metric.source != source) {
    return;
  }
  if (points_ == k_most_points) {
    too_many_points_ = true;
    return;
  }
  ++points_;
  const model::MetricPoint point{found.value, found.step.value_or(series.summary.next_step()), time,
                                 found.line};
  series.summary.add(point);
  series.metric.points.push_back(point);
}

std::vector<model::PrintedMetric> PrintedMetrics::take(const std::set<std::string>& logged)
{
  std::vector<model::PrintedMetric> all;
  for (auto& [key, series] : series_) {
    if (!logged.contains(key) && !series.metric.points.empty()) {
      all.push_back(std::move(series.metric));
    }
  }
  series_.clear();
  return all;
}

std::vector<std::string> PrintedMetrics::problems() const
{
  std::vector<std::string> texts;
  if (too_many_names_) {
    texts.push_back("the output has more than " + std::to_string(k_most_names) +
                    " metrics: the later ones are left out");
  }
  if (too_many_points_) {
    texts.push_back("the output has more than " + std::to_string(k_most_points) +
                    " points of metrics: the later ones are left out");
  }
  return texts;
}

}  // namespace mlrepro::tracking
