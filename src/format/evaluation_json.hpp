// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "mlrepro/format/evaluation_file.hpp"

namespace mlrepro::format {

// Throws Error{usage} for what is no JSON.
Evaluation read_evaluation_json(const std::string& name, std::string_view content);

}  // namespace mlrepro::format
