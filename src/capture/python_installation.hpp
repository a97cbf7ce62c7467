// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace mlrepro::capture {

// What an interpreter would import from, found without starting it: pyvenv.cfg, the folders
// below its prefix, Debian's dist-packages, the user's site, PYTHONPATH, and *.pth files.
struct PythonInstallation {
  std::string version;
  std::vector<std::string> prefixes;     // its own, and the one it is based on
  std::vector<std::string> search_path;  // first wins
};

PythonInstallation find_installation(const std::string& interpreter);

}  // namespace mlrepro::capture
