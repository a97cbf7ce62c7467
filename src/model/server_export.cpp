// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/model/server_export.hpp"

#include <algorithm>

namespace mlrepro::model {

bool ServerExport::complete() const
{
  return std::none_of(runs.begin(), runs.end(),
                      [](const Run& run) { return run.state == State::incomplete; });
}

std::string_view to_string(ServerExport::State state)
{
  switch (state) {
    case ServerExport::State::made:
      return "made";
    case ServerExport::State::completed:
      return "completed";
    case ServerExport::State::unchanged:
      return "unchanged";
    case ServerExport::State::incomplete:
      break;
  }
  return "incomplete";
}

}  // namespace mlrepro::model
