// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace mlrepro::posix {

// Gives a complete file a second name in a place of the user's, durably: the name stands for all of
// it or is not there. A copy where the two are on different file systems. Error{conflict} when the
// name is taken.
void publish_new_file(const std::string& complete, const std::string& name);

}  // namespace mlrepro::posix
