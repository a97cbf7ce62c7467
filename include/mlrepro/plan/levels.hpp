// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "mlrepro/model/run.hpp"

namespace mlrepro::plan {

struct RecordedLevel {
  model::Level level = model::Level::none;
  std::vector<std::string> missing;  // "data: no input is declared (run -i PATH)", nearest first
};

// How much of what a reproduction needs is in the record. A level counts only when all below it
// do, and never for want of evidence: a run that declares no input is not at the data level.
RecordedLevel recorded_level(const model::Run& run);

}  // namespace mlrepro::plan
