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

std::string names_of(std::span<const Factor> factors)
{
  std::string text;
  for (const Factor factor : factors) {
    text += (text.empty() ? "" : ", ") + std::string(to_string(factor));
  }
  return text.empty() ? "nothing" : text;
}

}  // namespace mlrepro::model
