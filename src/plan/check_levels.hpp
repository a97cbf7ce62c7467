// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "mlrepro/model/reproduction.hpp"

namespace mlrepro::plan {

// Code, configuration, data and environment of a replay beside those of the record. What was
// computed from them is judged apart.
std::vector<model::LevelCheck> check_levels(const model::Run& recorded, const model::Run& replay,
                                            const model::EnvironmentReport& environment);

}  // namespace mlrepro::plan
