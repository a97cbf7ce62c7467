// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mlrepro/ports/run_intake.hpp"
#include "sqlite/database.hpp"

namespace mlrepro::sqlite {

// Both write within the caller's transaction; what is here already gets what is new.
void write_intake_model(const Database& database, const ports::IntakeModel& intake);
// A version or an alias that is here and is another one stays, and is told.
void write_intake_registered_model(const Database& database,
                                   const ports::IntakeRegisteredModel& intake,
                                   const model::TroubleSink& troubles);

}  // namespace mlrepro::sqlite
