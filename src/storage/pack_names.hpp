// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "mlrepro/model/digest.hpp"

namespace mlrepro::storage {

std::string pack_path(const std::string& folder, const model::Digest& id);

// Full paths of everything in `folder` that is named as a pack; empty where there is no folder.
std::vector<std::string> list_packs(const std::string& folder);

// Names in a folder, but for hidden ones; empty where there is no folder.
std::vector<std::string> names_in(const std::string& folder);

}  // namespace mlrepro::storage
