// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/run_end.hpp"

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

}  // namespace mlrepro::plan
