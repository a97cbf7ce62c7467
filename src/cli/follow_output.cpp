// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string>
#include <string_view>

#include "cli/follow.hpp"
#include "mlrepro/format/live_lines.hpp"
#include "mlrepro/tracking/follow_output.hpp"

namespace mlrepro::cli {
namespace {

using tracking::OutputPiece;

// Steps without a log after which a run is taken to have none.
constexpr int k_patience = 5;

// Output as one JSON object a line; a line that two pieces share comes when it is complete.
class JsonLines {
 public:
  JsonLines(posix::AttendedOutput& output, model::Timestamp start) : output_(output), start_(start)
  {
  }

  bool take(const OutputPiece& piece)
  {
    std::string& rest = rests_[piece.stream == 1 ? 0 : 1];
    std::string_view bytes = piece.bytes;
    ms_ = piece.ms;
    for (std::size_t end = bytes.find('\n'); end != std::string_view::npos;
         end = bytes.find('\n')) {
      rest.append(bytes.substr(0, end + 1));
      bytes.remove_prefix(end + 1);
      if (!put(piece.stream, rest)) {
        return false;
      }
    }
    rest.append(bytes);
    return true;
  }

  void finish()
  {
    for (const int stream : {1, 2}) {
      std::string& rest = rests_[stream == 1 ? 0 : 1];
      if (!rest.empty()) {
        (void)put(stream, rest);
      }
    }
  }

 private:
  bool put(int stream, std::string& text)
  {
    const std::string line = format::output_json_line(stream == 1 ? "stdout" : "stderr",
                                                      model::Timestamp{start_.ms + ms_}, text);
    text.clear();
    return output_.write(1, line);
  }

  posix::AttendedOutput& output_;
  model::Timestamp start_;
  std::int64_t ms_ = 0;
  std::array<std::string, 2> rests_;
};

}  // namespace

int follow_output(tracking::Ports& ports, Project& project, const model::Run& run)
{
  posix::AttendedOutput output;
  const bool json = project.options().json;
  JsonLines lines(output, run.started_at);
  tracking::OutputFollower follower(ports, run.id, [&](const OutputPiece& piece) {
    return json ? lines.take(piece) : output.write(piece.stream, piece.bytes);
  });
  int steps = 0;
  const auto ended = follow_until_end(ports, run, output, [&](bool) {
    (void)follower.read_live();
    if (!follower.has_log() && ++steps == k_patience) {
      project.reporter().note("the output of run " + run.name +
                              " is not kept; waiting for its end");
    }
  });
  if (ended) {
    (void)follower.finish(ended->logs);
    lines.finish();
    if (!follower.has_log() && steps < k_patience) {
      project.reporter().note("the output of run " + run.name + " was not kept (run --no-capture)");
    }
  }
  return conclude_following(ended, project, output);
}

}  // namespace mlrepro::cli
