// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/ports/file_tree.hpp"

namespace mlrepro::ports {

std::string read_file(const FileTree& files, const std::string& path)
{
  return read_all(*files.open(path));
}

}  // namespace mlrepro::ports
