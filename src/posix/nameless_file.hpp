// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "posix/file_descriptor.hpp"

namespace mlrepro::posix {

// A new file in `folder` that only this process has, for reading and writing; it is gone when it
// is closed, or with the process. Throws as open_file does.
FileDescriptor make_nameless_file(const std::string& folder);

}  // namespace mlrepro::posix
