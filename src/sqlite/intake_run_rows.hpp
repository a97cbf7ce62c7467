// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mlrepro/ports/run_intake.hpp"
#include "sqlite/database.hpp"

namespace mlrepro::sqlite {

// Writes one run of another tracker, or what is new of it, within the caller's transaction. Throws
// Error{conflict} where a run of that id is here that no client made.
void write_intake_run(Database& database, const ports::IntakeRun& intake,
                      const ports::IntakeCalls& calls, model::Timestamp now);

}  // namespace mlrepro::sqlite
