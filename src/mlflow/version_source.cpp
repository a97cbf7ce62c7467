// SPDX-License-Identifier: Apache-2.0
#include "mlflow/version_source.hpp"

#include <algorithm>
#include <vector>

#include "mlrepro/mlflow/service.hpp"

namespace mlrepro::mlflow {

std::optional<std::string> source_here(const std::string& source, const RunsHere& runs,
                                       const std::set<std::string>& models)
{
  // These name no place.
  if (source.starts_with("models:") || source.starts_with("runs:")) {
    return source;
  }
  std::string owner;  // the part before the present one
  for (std::size_t start = 0; start < source.size();) {
    const std::size_t end = std::min(source.find('/', start), source.size());
    const std::string part = source.substr(start, end - start);
    if (part == "artifacts") {
      const std::string rest = source.substr(end);
      const auto run = runs.find(owner);
      if (run != runs.end()) {
        return artifact_root_of_run(run->second.experiment, run->second.id) + rest;
      }
      if (models.contains(owner)) {
        return "models:/" + owner + rest;
      }
    }
    owner = part;
    start = end + 1;
  }
  return std::nullopt;
}

}  // namespace mlrepro::mlflow
