// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/run_end.hpp"

#include <array>
#include <charconv>

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
  std::array<char, 32> seconds{};
  const auto [end, error] =
      std::to_chars(seconds.data(), seconds.data() + seconds.size(), *timeout_s);
  return "the command ran into --timeout of " + std::string(seconds.data(), end) + " s" + which +
         " and was ended (" + describe_end(replay) + ")" + record;
}

}  // namespace mlrepro::plan
