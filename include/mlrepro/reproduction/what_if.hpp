// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <string>

#include "mlrepro/model/what_if.hpp"
#include "mlrepro/reproduction/reproduce.hpp"

namespace mlrepro::reproduction {

// What a question changes; what it leaves alone is as recorded.
struct Changes {
  std::map<std::string, std::string> parameters;
  std::map<std::string, model::Digest> inputs;  // recorded path: snapshot
  std::optional<model::CodeState> code;
  std::string code_name;
  std::optional<model::Environment> environment;  // rebuilt
  std::string environment_name;

  [[nodiscard]] bool empty() const
  {
    return parameters.empty() && inputs.empty() && !code && !environment;
  }
};

// Replays the run of the request with the changes, in the scratch folder, and says what came of it.
// A parameter is changed where it came from: in the command line, in the parameter file (of which
// the scratch copy has a changed one), or in the recorded variable of that name. The replay is
// recorded as a run whose parent is the original, with a note of the changes; it proves nothing
// about it. What can't be changed or replayed is "blocked" with its reason, not an error.
model::WhatIf what_if(const tracking::Ports& ports, ports::EnvironmentBuilder& builder,
                      const ReproduceRequest& request, const Changes& changes);

}  // namespace mlrepro::reproduction
