// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <vector>

namespace mlrepro::plan {

// The places of the values that are not part of a longest ascending run through the list: those
// that moved. Ascending.
std::vector<std::size_t> out_of_order(const std::vector<std::size_t>& values);

}  // namespace mlrepro::plan
