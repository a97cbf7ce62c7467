// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace mlrepro::format {

// As a field of a CSV file (RFC 4180): in quotes where it holds a separator, a quote or a line
// break.
std::string csv_field(const std::string& text);

}  // namespace mlrepro::format
