// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "mlrepro/model/error.hpp"
#include "mlrepro/ports/environment_builder.hpp"

namespace mlrepro::testing {

// Answers with what the test has set, and keeps what it was asked for.
class ScriptedEnvironmentBuilder final : public ports::EnvironmentBuilder {
 public:
  model::RebuiltEnvironment answer{"/cache/e", "pip", false, {}};
  std::optional<model::Error> failure;
  std::vector<model::Environment> asked;

  model::RebuiltEnvironment build(const model::Environment& recorded) override
  {
    asked.push_back(recorded);
    if (failure) {
      throw *failure;
    }
    return answer;
  }
};

}  // namespace mlrepro::testing
