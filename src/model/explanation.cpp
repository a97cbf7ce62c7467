// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/model/explanation.hpp"

namespace mlrepro::model {

std::string_view to_string(Factor factor)
{
  switch (factor) {
    case Factor::code:
      return "code";
    case Factor::configuration:
      return "config";
    case Factor::data:
      return "data";
    case Factor::environment:
      return "environment";
  }
  return "unknown";
}

}  // namespace mlrepro::model
