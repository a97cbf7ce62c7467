// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "mlrepro/model/run_id.hpp"

namespace mlrepro::mlflow {

// Runs by what they are called in another store.
struct RunHere {
  model::RunId id;
  std::int64_t experiment = 0;
};
using RunsHere = std::map<std::string, RunHere>;

// What the source of a registered version is called here, where its files are those of a run or a
// logged model that came along. Absent where they are somewhere else.
std::optional<std::string> source_here(const std::string& source, const RunsHere& runs,
                                       const std::set<std::string>& models);

}  // namespace mlrepro::mlflow
