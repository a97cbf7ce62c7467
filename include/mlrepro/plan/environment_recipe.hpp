// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "mlrepro/model/environment.hpp"

namespace mlrepro::plan {

// What an installer is told so that it makes a recorded environment again.
struct EnvironmentRecipe {
  enum class Kind {
    none,   // there is nothing to make: `gaps` says why
    venv,   // Python with packages from an index
    conda,  // packages of conda, some from an index
  };
  Kind kind = Kind::none;
  std::string interpreter_version;        // "3.11.2"
  std::vector<std::string> requirements;  // lines of a requirements file (PEP 508)
  std::vector<std::string> conda;         // "name=version=build"
  std::vector<std::string> gaps;          // what of the record can't be asked for, and why

  // All that decides what is made: equal recipes make equal environments.
  [[nodiscard]] std::string text() const;
};

EnvironmentRecipe plan_environment(const model::Environment& environment);

}  // namespace mlrepro::plan
