// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace mlrepro::posix {

// Of the environment of this process; "" where it is not set.
std::string variable(const std::string& name);

}  // namespace mlrepro::posix
