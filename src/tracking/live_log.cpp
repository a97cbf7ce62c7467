// SPDX-License-Identifier: Apache-2.0
#include "tracking/live_log.hpp"

#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::tracking {
namespace {

constexpr std::int64_t k_latest_ms = 10'000'000'000'000;  // 300 years

}  // namespace

std::unique_ptr<ports::OpenFile> open_live_file(const ports::FileTree& files,
                                                const std::string& path)
{
  if (!files.stat(path, ports::FollowLinks::no)) {
    return nullptr;
  }
  try {
    return files.open(path);
  } catch (const model::Error& error) {
    if (error.kind() != model::ErrorKind::not_found) {  // sealed since
      throw;
    }
    return nullptr;
  }
}

std::optional<LogIndexLine> parse_log_index_line(std::string_view line)
{
  const std::size_t first = line.find(' ');
  const std::size_t second = line.rfind(' ');
  if (first == std::string_view::npos || second != first + 2) {
    return std::nullopt;
  }
  const auto ms = format::parse_integer(line.substr(0, first));
  const auto bytes = format::parse_integer(line.substr(second + 1));
  const int stream = line[first + 1] - '0';
  if (!ms || *ms < 0 || *ms > k_latest_ms || !bytes || *bytes < 0 || stream < 1 || stream > 2) {
    return std::nullopt;
  }
  return LogIndexLine{*ms, stream, static_cast<std::uint64_t>(*bytes)};
}

}  // namespace mlrepro::tracking
