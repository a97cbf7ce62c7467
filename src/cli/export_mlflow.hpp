// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cli/project.hpp"

namespace mlrepro::cli {

// `export --mlflow`.
struct MlflowExportOptions {
  std::vector<std::string> references;  // none, and no filter: all runs that have ended
  std::string address;
  std::string filter;
  std::string experiment;
  bool no_artifacts = false;
  bool truncate = false;
  bool verify_content = false;
  bool recheck = false;
  bool dry_run = false;
};

// The exit code. Credentials come from the variables of MLflow's own client.
int export_to_mlflow(const MlflowExportOptions& options, Project& project);

}  // namespace mlrepro::cli
