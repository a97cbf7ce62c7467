// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cli/project.hpp"

namespace mlrepro::cli {

// The remote of this name. Without a name: the only one, else the one called "origin". Error{
// not_found} says which there are.
ports::RemotePlace choose_remote(Project& project, const std::string& name);

}  // namespace mlrepro::cli
