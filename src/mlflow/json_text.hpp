// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "mlflow/fields.hpp"

namespace mlrepro::mlflow {

// A document as it goes out: in one line, and what is no UTF-8 in it replaced.
inline std::string json_text(const Json& document)
{
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace mlrepro::mlflow
