// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/model/comparison.hpp"

namespace mlrepro::model {

std::string_view to_string(FileState state)
{
  switch (state) {
    case FileState::added:
      return "added";
    case FileState::removed:
      return "removed";
    case FileState::modified:
      return "modified";
    case FileState::same:
      return "same";
  }
  return "unknown";
}

}  // namespace mlrepro::model
