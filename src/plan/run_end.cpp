// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/run_end.hpp"

#include "mlrepro/plan/judge_metric.hpp"

namespace mlrepro::plan {

bool same_end(const model::Run& a, const model::Run& b)
{
  return a.exit_code == b.exit_code && a.signal == b.signal;
}

std::string describe_end(const model::Run& run)
{
  if (run.signal) {
    return "signal " + std::to_string(*run.signal);
  }
  return run.exit_code ? "exit code " + std::to_string(*run.exit_code)
                       : "status " + std::string(model::to_string(run.status));
}

std::string describe_other_end(const model::Run& recorded, const model::Run& replay,
                               const std::optional<double>& timeout_s, const std::string& which)
{
  const std::string record = ", the record says " + describe_end(recorded);
  if (!timeout_s) {
    return "the command ended with " + describe_end(replay) + which + record;
  }
  return "the command ran into --timeout of " + metric_text(timeout_s) + " s" + which +
         " and was ended (" + describe_end(replay) + ")" + record;
}

}  // namespace mlrepro::plan
