// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace mlrepro::model {

// The letters A to Z in lower case; every other byte stays as it is, whatever the locale.
std::string lower_case(std::string_view text);

}  // namespace mlrepro::model
