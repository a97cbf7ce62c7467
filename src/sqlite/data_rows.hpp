// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "mlrepro/model/run.hpp"
#include "sqlite/database.hpp"

namespace mlrepro::sqlite {

// Replaces a run's inputs or outputs; `role` is "input" or "output".
void write_data(const Database& database, std::int64_t run, const char* role,
                const std::vector<model::RunData>& data);
// Leaves what is there where `trace` is absent.
void write_trace(const Database& database, std::int64_t run,
                 const std::optional<model::RunTrace>& trace);

}  // namespace mlrepro::sqlite
