// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "mlrepro/model/sweep.hpp"

namespace mlrepro::format {

struct SweepPlanLine {
  std::uint64_t item = 0;
  model::SweepPoint point;
  std::vector<std::string> command;
};

// What a sweep would run: {"schema":"mlrepro.sweep/1","runs":[{"item","params","command"}]}.
std::string sweep_plan_to_json(std::span<const SweepPlanLine> lines);

}  // namespace mlrepro::format
