// SPDX-License-Identifier: Apache-2.0
#include "cli/follow.hpp"

#include <unistd.h>

#include <chrono>

#include "cli/exit_code.hpp"
#include "cli/render.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/tracking/follow_end.hpp"

namespace mlrepro::cli {
namespace {

// Soon enough to look live, and seldom enough to cost nothing beside a training.
constexpr std::chrono::milliseconds k_between(200);

}  // namespace

std::optional<model::Run> follow_until_end(const tracking::Ports& ports, const model::Run& run,
                                           posix::AttendedOutput& output,
                                           const std::function<void(bool resized)>& step)
{
  if (run.status != model::RunStatus::running) {
    return run;
  }
  const tracking::EndWatch end(ports, run.id);
  bool resized = false;
  while (!output.ended()) {
    if (auto ended = end.find_ended()) {
      return ended;
    }
    step(resized);
    resized = output.wait(k_between) == posix::AttendedOutput::Wake::resized;
  }
  return std::nullopt;
}

int conclude_following(const std::optional<model::Run>& ended, Project& project,
                       posix::AttendedOutput& output)
{
  if (ended && !output.ended()) {
    if (ended->status == model::RunStatus::running) {
      const bool kept_here = project.live_records().liveness(ended->id).has_value();
      project.reporter().warn(
          "run " + ended->name +
          (kept_here ? " has lost its mlrepro, and its record can't be completed now"
                     : " is kept by an MLflow client, and can't be followed: show it again"));
    }
    if (project.options().json) {
      (void)output.write(STDOUT_FILENO, format::to_json_line(*ended));
    } else {
      project.reporter().note("run " + run_summary(*ended));
    }
  }
  if (!output.ended()) {
    return static_cast<int>(ExitCode::ok);
  }
  output.obey_end();
  return static_cast<int>(ExitCode::interrupted);
}

}  // namespace mlrepro::cli
