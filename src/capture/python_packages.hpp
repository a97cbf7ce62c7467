// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "mlrepro/model/environment.hpp"

namespace mlrepro::capture {

// What source control says of a folder: "@<commit>", with " with changes" behind it where there
// are any; empty outside of it.
using FolderState = std::function<std::string(const std::string& folder)>;

// Installed distributions by their metadata (dist-info, egg-info, eggs), sorted by name, with where
// they came from and which of their files are not what was installed.
std::vector<model::Package> installed_packages(const std::vector<std::string>& search_path,
                                               const FolderState& state_of);

}  // namespace mlrepro::capture
