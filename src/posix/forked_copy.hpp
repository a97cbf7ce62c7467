// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

// What a forked copy of this process does first. Nothing here allocates.
namespace mlrepro::posix {

// Takes the numbers 0 to 2, where they are free, with /dev/null: what a library prints is not to
// get into whatever would have had them next.
void fill_standard_descriptors() noexcept;

// The copy is killed when `parent`, who forked it, ends, or has ended by now.
void die_with(pid_t parent) noexcept;

}  // namespace mlrepro::posix
