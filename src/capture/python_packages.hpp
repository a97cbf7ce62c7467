// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "mlrepro/model/environment.hpp"

namespace mlrepro::capture {

// What an interpreter would import from, found without starting it: pyvenv.cfg, the folders
// below its prefix, Debian's dist-packages, the user's site, PYTHONPATH, and *.pth files.
struct PythonInstallation {
  std::string version;
  std::vector<std::string> search_path;  // first wins
};

PythonInstallation find_installation(const std::string& interpreter);

// Installed distributions by their metadata (dist-info and egg-info), sorted by name.
std::vector<model::Package> installed_packages(const std::vector<std::string>& search_path);

}  // namespace mlrepro::capture
