// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace mlrepro::mlflow {

// Base64, as clients expect of a token that they hand back unread.
std::string to_page_token(const std::string& place);
// Empty for an empty one. Throws Error{usage} for what is no base64.
std::string from_page_token(const std::string& token);

}  // namespace mlrepro::mlflow
