// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mlrepro/ports/model_registry.hpp"
#include "sqlite/database.hpp"
#include "sqlite/search_sql.hpp"

namespace mlrepro::sqlite {

// Numbers of rows. Throw Error{not_found} in MLflow's words.
std::int64_t require_model(const Database& database, const std::string& name);
std::int64_t require_version(const Database& database, const ports::VersionName& name);

void touch_model(const Database& database, std::int64_t model, model::Timestamp now);

model::RegisteredModel read_registered_model(const Database& database, std::int64_t number);
model::ModelVersion read_model_version(const Database& database, std::int64_t number);

// Throw Error{usage} in MLflow's words.
RowSearch registered_model_search(const ports::SearchRequest& request);
RowSearch model_version_search(const ports::SearchRequest& request);

}  // namespace mlrepro::sqlite
