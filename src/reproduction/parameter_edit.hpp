// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "mlrepro/model/digest.hpp"
#include "mlrepro/tracking/ports.hpp"

namespace mlrepro::reproduction {

// How the source of a parameter begins that came from a file: "file:params.yaml", or
// "file:params.yaml:model.tree".
inline constexpr std::string_view k_file_source = "file:";

// The code tree with another value for a parameter in the file that it came from; stored. Error
// {usage} where the file is not part of the code, or the value can't be set in it.
model::Digest with_file_parameter(const tracking::Ports& ports, const model::Digest& code,
                                  const std::string& source, const std::string& key,
                                  const std::string& value);

}  // namespace mlrepro::reproduction
