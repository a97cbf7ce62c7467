// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mlrepro/model/digest.hpp"
#include "mlrepro/model/environment.hpp"
#include "sqlite/database.hpp"

namespace mlrepro::sqlite {

// Stores the document once, with the names that it is found by, and returns its digest.
model::Digest write_environment(const Database& database, const model::Environment& environment);

// Those that no run had, with what nothing else has.
void delete_unused_environments(const Database& database);

}  // namespace mlrepro::sqlite
