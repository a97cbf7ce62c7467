// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/reproduction.hpp"
#include "mlrepro/model/run.hpp"
#include "mlrepro/plan/tolerance.hpp"

namespace mlrepro::plan {

model::MetricCheck judge_metric(const std::string& key, std::optional<double> recorded,
                                std::optional<double> replayed, const model::Tolerance& tolerance);

// What the replay did, compared with what the record says. `replay` is a run with the same code
// and inputs; whether its environment is the same is compared here too, as `policy` has it.
model::Reproduction judge(
    const model::Run& recorded, const model::Run& replay, const std::vector<ToleranceRule>& rules,
    model::EnvironmentPolicy policy = model::EnvironmentPolicy::check);

}  // namespace mlrepro::plan
