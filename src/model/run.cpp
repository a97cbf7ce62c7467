// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/model/run.hpp"

namespace mlrepro::model {

std::string_view to_string(RunStatus status)
{
  switch (status) {
    case RunStatus::running:
      return "running";
    case RunStatus::finished:
      return "finished";
    case RunStatus::failed:
      return "failed";
    case RunStatus::killed:
      return "killed";
    case RunStatus::lost:
      return "lost";
  }
  return "unknown";
}

std::optional<RunStatus> parse_run_status(std::string_view text)
{
  for (const RunStatus status : {RunStatus::running, RunStatus::finished, RunStatus::failed,
                                 RunStatus::killed, RunStatus::lost}) {
    if (text == to_string(status)) {
      return status;
    }
  }
  return std::nullopt;
}

std::string_view to_string(Level level)
{
  switch (level) {
    case Level::none:
      return "none";
    case Level::code:
      return "code";
    case Level::configuration:
      return "configuration";
    case Level::data:
      return "data";
    case Level::environment:
      return "environment";
    case Level::evaluation:
      return "evaluation";
  }
  return "unknown";
}

}  // namespace mlrepro::model
