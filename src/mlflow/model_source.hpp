// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "mlflow/handlers.hpp"
#include "mlrepro/model/model_registry.hpp"
#include "mlrepro/ports/model_registry.hpp"

namespace mlrepro::mlflow {

// The id that "models:/m-<id>", or what lies below it, names. Absent for other sources: of a
// registered model whose name begins with "m-", a version is named behind it.
std::optional<std::string> logged_model_of(const std::string& source);

// A source that names a registered version ("models:/<name>/<version>", "/latest" or "/<stage>",
// each with a path below it or without, or "@<alias>") becomes one with its number, for aliases and
// stages move; `place` becomes what that version was made of, for versions are deleted. Other
// sources stay as they are. Error{not_found, usage} where there is no such version.
void follow_source(const Call& call, model::ModelVersion& version);

// What the source of a version was made of, in the end. Error{not_found, usage} where that is gone.
std::string place_of(ports::ModelRegistry& registry, const model::ModelVersion& version);

}  // namespace mlrepro::mlflow
