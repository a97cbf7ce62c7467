// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/model/what_if.hpp"

namespace mlrepro::model {

std::string_view to_string(ReplayOutcome outcome)
{
  switch (outcome) {
    case ReplayOutcome::ended:
      return "ended";
    case ReplayOutcome::failed:
      return "failed";
    case ReplayOutcome::blocked:
      return "blocked";
  }
  return "unknown";
}

}  // namespace mlrepro::model
