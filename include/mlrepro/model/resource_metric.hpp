// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace mlrepro::model {

// Whether a metric says how a run used its machine (its name begins with "system/") and not what
// came out of it. Such ones are shown, and are neither compared nor judged.
bool is_resource_metric(std::string_view key);

}  // namespace mlrepro::model
