// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "mlrepro/model/run.hpp"

namespace mlrepro::cli {

// How much the metrics of repeated runs vary, and what may be the cause if they do.
std::vector<std::string> noise_lines(const std::vector<model::Run>& runs);

}  // namespace mlrepro::cli
