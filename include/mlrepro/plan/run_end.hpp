// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "mlrepro/model/run.hpp"

namespace mlrepro::plan {

// Whether the commands of two runs ended alike: with the same exit code, or by the same signal.
bool same_end(const model::Run& a, const model::Run& b);

// "exit code 1", "signal 9", "status lost".
std::string describe_end(const model::Run& run);

}  // namespace mlrepro::plan
