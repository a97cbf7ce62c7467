// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <linux/seccomp.h>

#include <vector>

#include "mlrepro/model/file_access.hpp"

namespace mlrepro::posix {

// What a reported call, whose process waits, is about to do; `before` is not filled in. Empty for
// what reads and writes no file, and for what is going to fail. Paths are absolute, without "."
// and "..", links in them as they are.
std::vector<model::FileAccess> read_call(const seccomp_notif& call);

}  // namespace mlrepro::posix
