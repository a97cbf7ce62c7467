// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "git/handles.hpp"
#include "git/layout.hpp"

namespace mlrepro::git {

// Throws Error{external} naming the working tree and why libgit2 can't read it. The library must
// have been started.
Repository open_repository(const Layout& layout);

}  // namespace mlrepro::git
