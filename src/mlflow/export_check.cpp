// SPDX-License-Identifier: Apache-2.0
#include "mlflow/documents.hpp"
#include "mlflow/export_files.hpp"
#include "mlflow/export_run.hpp"

namespace mlrepro::mlflow {

void RunExporter::check(const ServerRun& there)
{
  check_values(there);
  for (const auto& [key, here] : wanted_.metrics) {
    const std::uint64_t missing = missing_points(there, key).count;
    if (missing > 0) {
      tell("metric '" + key + "'", std::to_string(missing) + " of its points are not there");
    }
  }
  for (const Json& item : wanted_.datasets) {
    const Json& dataset = object_of(item, "dataset");
    if (!there.datasets.contains({text_of(dataset, "name"), text_of(dataset, "digest")})) {
      tell("dataset '" + text_of(dataset, "name") + "'", "it is not there");
    }
  }
  check_files(there);
}

void RunExporter::check_values(const ServerRun& there)
{
  const auto compare = [&](const std::string& what, const auto& wanted, const auto& known) {
    for (const auto& [key, value] : wanted) {
      const auto found = known.find(key);
      if (found == known.end()) {
        tell(what + " '" + key + "'", "it is not there");
      } else if (found->second != value) {
        tell(what + " '" + key + "'", "another value there than here");
      }
    }
  };
  compare("param", wanted_.params, there.params);
  compare("tag", wanted_.tags, there.tags);
  const Json info = run_info_json(wanted_.run);
  if (there.status != info.at("status")) {
    tell("status", there.status + " there, " + info.at("status").get<std::string>() + " here");
  }
  if (there.started_ms != wanted_.run.started_at.ms) {
    tell("start time", "another one there than here");
  }
  if (wanted_.run.ended_at && there.ended_ms != wanted_.run.ended_at->ms) {
    tell("end time", "another one there than here");
  }
}

void RunExporter::check_files(const ServerRun& there)
{
  if (wanted_.files.empty()) {
    return;
  }
  FileExporter files(ports_, server_, there.artifact_uri, run_lister(server_, there.id));
  if (files.takes_files()) {
    files.check(wanted_.files, read_of(request_),
                [this](const std::string& what, const std::string& why) { tell(what, why); });
  }
}

}  // namespace mlrepro::mlflow
