// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "mlflow/handlers.hpp"
#include "mlrepro/model/model_registry.hpp"
#include "mlrepro/ports/model_registry.hpp"

namespace mlrepro::mlflow {

// A source that names a registered version ("models:/<name>/<version>", "/latest", "/<stage>" or
// "@<alias>", each with a path below it or without) becomes one with its number, for aliases and
// stages move; `place` becomes what that version was made of, for versions are deleted. Other
// sources stay as they are. Error{not_found, usage} where there is no such version.
void follow_source(const Call& call, model::ModelVersion& version);

// What the source of a version was made of, in the end. Error{not_found, usage} where that is gone.
std::string place_of(ports::ModelRegistry& registry, const model::ModelVersion& version);

}  // namespace mlrepro::mlflow
