// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace mlrepro::cli {

// Ends as a command ended, so that a shell or a parent sees the same.
[[noreturn]] void end_by_signal(int signal);

}  // namespace mlrepro::cli
