// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace mlrepro::environments {

// All of a file that we or an installer wrote; empty when it is not there.
std::string read_text(const std::string& path);

}  // namespace mlrepro::environments
