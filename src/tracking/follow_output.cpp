// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/tracking/follow_output.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "tracking/live_log.hpp"

namespace mlrepro::tracking {
namespace {

constexpr std::size_t k_read_bytes = 262'144;
constexpr std::uint64_t k_everything = std::numeric_limits<std::uint64_t>::max();

}  // namespace

OutputFollower::OutputFollower(const Ports& ports, const model::RunId& id, Put put)
    : ports_(ports), id_(id), put_(std::move(put))
{
}

bool OutputFollower::read_live()
{
  open_live();
  if (!follow_index()) {
    return false;
  }
  for (int number = 0; number < 2; ++number) {
    Stream& stream = streams_[static_cast<std::size_t>(number)];
    if (stream.live == nullptr) {
      continue;
    }
    // A line of the index follows its bytes at once: where it has not, it never will.
    if (!pass_on(number, stream.seen)) {
      return false;
    }
    stream.seen = stream.live->stat().size;
  }
  buffer_ = {};  // many may be followed, and most are idle
  return true;
}

bool OutputFollower::finish(const model::RunLogs& logs)
{
  open_sealed(logs.index_digest, index_);
  open_sealed(logs.stdout_digest, streams_[0]);
  open_sealed(logs.stderr_digest, streams_[1]);
  return follow_index() && pass_on(0, k_everything) && pass_on(1, k_everything);
}

void OutputFollower::open_live()
{
  const ports::LogFiles files = ports_.live.paths(id_).logs;
  open_live(files.stdout_path, streams_[0]);
  open_live(files.stderr_path, streams_[1]);
  // Last: what it knows of can be read.
  if (streams_[0].source && streams_[1].source) {
    open_live(files.index_path, index_);
  }
}

void OutputFollower::open_live(const std::string& path, Source& source)
{
  if (source.source) {
    return;
  }
  if (auto file = open_live_file(ports_.data.files, path)) {
    source.live = file.get();
    source.source = std::move(file);
  }
}

void OutputFollower::open_sealed(const std::optional<model::Digest>& digest, Source& source)
{
  if (!source.source && digest) {
    source.source = ports::open_recorded(ports_.data.objects, ports::ObjectKind::blob, *digest);
  }
}

bool OutputFollower::follow_index()
{
  if (!index_.source) {
    return true;
  }
  std::string piece(k_read_bytes, '\0');
  while (const std::size_t size = index_.source->read(std::as_writable_bytes(std::span(piece)))) {
    index_rest_.append(piece, 0, size);
    std::size_t begin = 0;
    for (std::size_t end = index_rest_.find('\n'); end != std::string::npos;
         end = index_rest_.find('\n', begin)) {
      if (!take_index_line(std::string_view(index_rest_).substr(begin, end - begin))) {
        return false;
      }
      begin = end + 1;
    }
    index_rest_.erase(0, begin);
  }
  return pass_on(waiting_, streams_[static_cast<std::size_t>(waiting_)].indexed);
}

// Pieces of one stream and one moment are passed on together.
bool OutputFollower::take_index_line(std::string_view line)
{
  const auto entry = parse_log_index_line(line);
  if (!entry) {
    return true;
  }
  const int number = entry->stream - 1;
  const bool together = number == waiting_ && entry->ms == ms_;
  if (!together && !pass_on(waiting_, streams_[static_cast<std::size_t>(waiting_)].indexed)) {
    return false;
  }
  waiting_ = number;
  ms_ = entry->ms;
  streams_[static_cast<std::size_t>(number)].indexed += entry->bytes;
  return true;
}

bool OutputFollower::pass_on(int number, std::uint64_t until)
{
  Stream& stream = streams_[static_cast<std::size_t>(number)];
  while (stream.source && stream.done < until) {
    const auto wanted =
        static_cast<std::size_t>(std::min<std::uint64_t>(until - stream.done, k_read_bytes));
    buffer_.resize(std::max(buffer_.size(), wanted));
    const std::size_t size =
        stream.source->read(std::as_writable_bytes(std::span(buffer_).first(wanted)));
    if (size == 0) {
      return true;
    }
    stream.done += size;
    if (!put_({number + 1, ms_, std::string_view(buffer_).substr(0, size)})) {
      return false;
    }
  }
  return true;
}

}  // namespace mlrepro::tracking
