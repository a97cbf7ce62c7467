// SPDX-License-Identifier: Apache-2.0
#include "cli/drift_rules.hpp"

#include <CLI/CLI.hpp>

#include "mlrepro/format/drift_rules.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"

namespace mlrepro::cli {

std::vector<model::DriftRule> drift_rules(const std::string& thresholds, Project& project)
{
  const bool own_file = !thresholds.empty();
  const std::string path = own_file ? plan::join_path(project.place().cwd, thresholds)
                                    : plan::join_path(project.place().top, "mlrepro.toml");
  ports::FileTree& files = project.open_store().data.files;
  if (!own_file && !files.stat(path, ports::FollowLinks::yes)) {
    return {};
  }
  auto rules = format::parse_drift_rules(
      own_file ? thresholds : "mlrepro.toml", ports::read_file(files, path),
      own_file ? format::OtherKeys::refused : format::OtherKeys::allowed);
  if (own_file && rules.empty()) {
    throw model::Error(model::ErrorKind::usage, "file '" + thresholds + "': no [[drift]] in it",
                       "write [[drift]], and below it a limit such as psi = 0.2");
  }
  return rules;
}

void add_thresholds_option(CLI::App& command, std::string& thresholds, const std::string& more)
{
  command
      .add_option("--thresholds", thresholds,
                  "Judge tables by the [[drift]] rules of this file (default: mlrepro.toml)" + more)
      ->type_name("FILE");
}

}  // namespace mlrepro::cli
