// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "mlrepro/model/run.hpp"

namespace mlrepro::plan {

// Whether the commands of two runs ended alike: with the same exit code, or by the same signal.
bool same_end(const model::Run& a, const model::Run& b);

// "exit code 1", "signal 9", "status lost".
std::string describe_end(const model::Run& run);

// Why a replay's end is no result: "the command ended with signal 9, the record says exit code 0",
// or "the command ran into --timeout of 5 s and was ended (signal 15), the record says exit code 0"
// where it ran into `timeout_s`. `which` names the replay where there are several, with a space
// before it.
std::string describe_other_end(const model::Run& recorded, const model::Run& replay,
                               const std::optional<double>& timeout_s,
                               const std::string& which = {});

}  // namespace mlrepro::plan
