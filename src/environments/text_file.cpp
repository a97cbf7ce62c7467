// SPDX-License-Identifier: Apache-2.0
#include "environments/text_file.hpp"

#include <fstream>
#include <iterator>

namespace mlrepro::environments {

std::string read_text(const std::string& path)
{
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace mlrepro::environments
