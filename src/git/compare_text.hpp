// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "mlrepro/ports/source_control.hpp"

namespace mlrepro::git {

// Needs no repository and obeys no configuration. The library must have been started.
ports::TextPatch compare_text(const std::string& path, std::string_view before,
                              std::string_view after);

}  // namespace mlrepro::git
