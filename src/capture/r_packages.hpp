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

// The libraries of an R, without starting it: R_LIBS, R_LIBS_USER, R_LIBS_SITE, what lies beside
// the program, Debian's folders; the first that has a package wins. The source is "CRAN" and such,
// or
// "<type> <commit>" of a package that came from source control.
RInstallation read_r_installation(const std::string& program);

}  // namespace mlrepro::capture
