// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

namespace mlrepro::posix {

// Closes every descriptor of this process but those; sorts them on the way, and skips -1.
// Does not allocate, so that a forked copy of a threaded process may call it.
void close_all_but(std::span<int> kept) noexcept;

}  // namespace mlrepro::posix
