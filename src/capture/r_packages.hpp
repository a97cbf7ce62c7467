// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "mlrepro/model/environment.hpp"

namespace mlrepro::capture {

struct RInstallation {
  std::string version;
  std::vector<model::Package> packages;  // sorted by name
};

// The libraries of an R that is started in `cwd`, without starting it: renv's of the project,
// R_LIBS, R_LIBS_USER or ~/R, R_LIBS_SITE, what lies beside the program, Debian's folders; the
// first that has a package wins. The source is "CRAN" and such, or "<type> <commit>" of a package
// that came from source control.
RInstallation read_r_installation(const std::string& program, const std::string& cwd);

}  // namespace mlrepro::capture
