// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace mlrepro::plan {

// A text that orders, byte by byte, as versions do: 1.9 < 1.10, 2.0rc1 < 2.0 < 2.0.post1, and 2 as
// 2.0. Texts that are no versions come in some order.
std::string version_key(std::string_view version);

// "3.11" of "3.11.2", for which packages are built; what stands before the second dot.
std::string version_series(const std::string& version);

}  // namespace mlrepro::plan
