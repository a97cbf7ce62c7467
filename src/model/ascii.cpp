// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/model/ascii.hpp"

namespace mlrepro::model {

std::string lower_case(std::string_view text)
{
  std::string lower(text);
  for (char& character : lower) {
    if (character >= 'A' && character <= 'Z') {
      character = static_cast<char>(character - 'A' + 'a');
    }
  }
  return lower;
}

}  // namespace mlrepro::model
