// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>

#include "cli/project.hpp"
#include "cli/show_metric.hpp"
#include "mlrepro/model/run.hpp"
#include "posix/attended_output.hpp"

// What goes along with a run until it has ended: `show RUN --follow`.
namespace mlrepro::cli {

// What the run prints, as it prints it. With --json, an object a line of output.
int follow_output(tracking::Ports& ports, Project& project, const model::Run& run);

// Its points as they are logged or printed: a plot that is redrawn on a terminal; lines, rows of
// CSV or JSON objects elsewhere.
int follow_metrics(tracking::Ports& ports, Project& project, const model::Run& run,
                   const MetricChoice& choice);

// Takes a step several times a second as long as the run goes on; the run in full when it has
// ended, absent when the user ended the following. `step` hears whether the terminal has a new
// size.
std::optional<model::Run> follow_until_end(const tracking::Ports& ports, const model::Run& run,
                                           posix::AttendedOutput& output,
                                           const std::function<void(bool resized)>& step);

// The last words, and the exit code.
int conclude_following(const std::optional<model::Run>& ended, Project& project,
                       posix::AttendedOutput& output);

}  // namespace mlrepro::cli
