// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "posix/file_descriptor.hpp"

namespace mlrepro::posix {

enum class LockMode { shared, exclusive };

// Waits for a kernel lock on an open file; it goes when the descriptor is closed, however the
// process ends. Throws Error{io}.
void lock_file(int fd, LockMode mode, const std::string& what);

// False when somebody else holds it.
bool try_lock_file(int fd, LockMode mode, const std::string& what);

}  // namespace mlrepro::posix
