// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace mlrepro::git {

// A remote's address without its credentials: over SSH the user name stays, since it is part of the
// address ("git@"); elsewhere everything before '@' goes, since a token may stand there alone.
std::string without_credentials(std::string_view url);

}  // namespace mlrepro::git
