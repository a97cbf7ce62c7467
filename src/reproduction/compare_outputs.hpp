// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "mlrepro/model/reproduction.hpp"
#include "mlrepro/versioning/ports.hpp"

namespace mlrepro::reproduction {

// Looks into the outputs whose bytes differ, file by file, and says what differs and whether it
// counts. What can't be read any more stays different, with the reason.
void compare_outputs(const versioning::Ports& ports, const std::vector<model::RowRule>& rules,
                     std::vector<model::OutputCheck>& checks);

}  // namespace mlrepro::reproduction
