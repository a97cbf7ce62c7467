// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace mlrepro::format {

// The page without a report, gzip: made from web/ when mlrepro is built. Of size 0 where the build
// had no Node.js or no npm packages.
extern const unsigned char k_report_template[];
extern const std::size_t k_report_template_size;

}  // namespace mlrepro::format
