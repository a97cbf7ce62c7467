// SPDX-License-Identifier: Apache-2.0
#include "cli/sweep_output.hpp"

#include <iostream>
#include <string_view>

#include "cli/render.hpp"
#include "mlrepro/format/documents.hpp"

namespace mlrepro::cli {
namespace {

// A line that is longer is passed on in pieces.
constexpr std::size_t k_longest_line = 65'536;

}  // namespace

std::string point_text(const model::SweepPoint& point)
{
  std::string text;
  for (const auto& [key, value] : point) {
    text += (text.empty() ? "" : " ") + key + "=" + value;
  }
  return text;
}

SweepOutput::SweepOutput(const plan::SweepGrid& grid, Project& project)
    : grid_(grid), project_(project), width_(std::to_string(grid.size()).size())
{
}

std::string SweepOutput::head(std::uint64_t item) const
{
  return "run " + std::to_string(item) + " of " + std::to_string(grid_.size());
}

void SweepOutput::started(const tracking::SweepStart& start)
{
  if (!project_.options().json) {
    project_.reporter().note(head(start.item) + "  " + point_text(grid_.at(start.item)));
  }
}

void SweepOutput::adopted(std::uint64_t item, const model::Run& run)
{
  project_.reporter().note(head(item) + "  " + run.name + " still runs, and is waited for");
}

void SweepOutput::output(std::uint64_t item, const tracking::OutputPiece& piece)
{
  std::string& rest = rests_[{item, piece.stream}];
  std::string_view bytes = piece.bytes;
  for (std::size_t end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
    rest.append(bytes.substr(0, end));
    bytes.remove_prefix(end + 1);
    put_line(item, piece.stream, rest);
    rest.clear();
  }
  rest.append(bytes);
  // A bar that is redrawn all the time must not pile up; a '\r' at the end may be half of "\r\n".
  const std::size_t back = rest.size() < 2 ? std::string::npos : rest.rfind('\r', rest.size() - 2);
  if (back != std::string::npos) {
    rest.erase(0, back + 1);
  }
  if (rest.size() > k_longest_line) {
    put_line(item, piece.stream, rest);
    rest.clear();
  }
}

void SweepOutput::put_line(std::uint64_t item, int stream, std::string_view line)
{
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  if (const std::size_t back = line.rfind('\r'); back != std::string_view::npos) {
    line.remove_prefix(back + 1);
  }
  bool& closed = closed_[stream == 1 ? 0 : 1];
  if (closed) {
    return;
  }
  const std::string number = std::to_string(item);
  const std::string text =
      std::string(width_ - number.size(), ' ') + number + " | " + std::string(line) + "\n";
  std::FILE* file = stream == 1 ? stdout : stderr;
  closed = std::fwrite(text.data(), 1, text.size(), file) != text.size() || std::fflush(file) != 0;
}

void SweepOutput::ended(const tracking::SweepEnd& end)
{
  for (const int stream : {1, 2}) {
    const auto rest = rests_.find({end.item, stream});
    if (rest != rests_.end()) {
      if (!rest->second.empty()) {
        put_line(end.item, stream, rest->second);
      }
      rests_.erase(rest);
    }
  }
  if (!end.run) {
    project_.reporter().warn(head(end.item) + " did not start (exit code " +
                             std::to_string(end.exit_code) + ")");
  } else if (project_.options().json) {
    std::cerr << format::to_json_line(*end.run);
  } else {
    project_.reporter().note(head(end.item) + "  " + run_summary(*end.run));
  }
}

}  // namespace mlrepro::cli
