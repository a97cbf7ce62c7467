// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "mlflow/fields.hpp"
#include "mlrepro/ports/model_registry.hpp"

// The rules of the registry's messages. All throw Error{usage}.
namespace mlrepro::mlflow {

void check_model_name(const std::string& name);
void check_registry_tags(const std::map<std::string, std::string>& tags);
// Where a version's files are, as its maker says: nothing that a reader of it could take for a path
// of some machine.
void check_source(const std::string& source);
// In whatever case it was written.
std::string to_stage(const std::string& word);
ports::VersionName version_of(const Fields& fields);

}  // namespace mlrepro::mlflow
