// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "mlrepro/model/run.hpp"

namespace mlrepro::plan {

// What the record has that lets results vary, the likeliest first. A guess: the record does not
// show what the program does.
std::vector<std::string> likely_causes(const model::Run& run);

}  // namespace mlrepro::plan
