// SPDX-License-Identifier: Apache-2.0
#include "posix/variables.hpp"

#include <cstdlib>

namespace mlrepro::posix {

std::string variable(const std::string& name)
{
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? "" : value;
}

}  // namespace mlrepro::posix
