// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mlrepro/model/environment.hpp"
#include "mlrepro/model/reproduction.hpp"

namespace mlrepro::ports {

// Makes the environment of a record again, for a replay on a machine that has another one.
class EnvironmentBuilder {
 public:
  EnvironmentBuilder() = default;
  EnvironmentBuilder(const EnvironmentBuilder&) = delete;
  EnvironmentBuilder& operator=(const EnvironmentBuilder&) = delete;
  virtual ~EnvironmentBuilder() = default;

  // The folder has the programs in "bin". What was made before from an equal record is used again.
  // Error{not_found}: nothing in the record can be made, or what makes it is not installed here.
  // Error{external}: the installer failed.
  virtual model::RebuiltEnvironment build(const model::Environment& recorded) = 0;
};

}  // namespace mlrepro::ports
