// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "capture/python_packages.hpp"

namespace mlrepro::capture {

// Where a distribution was installed from, by its direct_url.json (PEP 610, "Direct URL Origin"):
// "dist-info" for an index or where the text is none, "vcs <url>@<commit>",
// "archive <url> <hash>", "folder <path>", "editable <path>" with its state. URLs without
// credentials.
std::string origin_of(std::string_view direct_url, const FolderState& state_of);

}  // namespace mlrepro::capture
