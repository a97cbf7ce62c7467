// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace mlrepro::plan {

// Whether data may come from an address that a run connected to: not the name resolver's, not a
// socket of the system, not one that the run's own processes talk over.
bool is_remote_input(std::string_view address);

}  // namespace mlrepro::plan
