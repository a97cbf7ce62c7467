// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "mlrepro/model/reproduction.hpp"
#include "mlrepro/model/what_if.hpp"

namespace mlrepro::format {

// Read back what `to_json` wrote of one reproduction, and `what_ifs_to_json` of one answer, by this
// version of mlrepro; the files of a WhatIf's outputs are not in its document. Error{corrupt} where
// the text is something else.
model::Reproduction read_reproduction(std::string_view text);
model::WhatIf read_what_if(std::string_view text);

}  // namespace mlrepro::format
