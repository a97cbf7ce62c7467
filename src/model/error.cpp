// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/model/error.hpp"

namespace mlrepro::model {

std::string_view to_string(ErrorKind kind)
{
  switch (kind) {
    case ErrorKind::usage:
      return "usage";
    case ErrorKind::not_found:
      return "not_found";
    case ErrorKind::ambiguous:
      return "ambiguous";
    case ErrorKind::conflict:
      return "conflict";
    case ErrorKind::locked:
      return "locked";
    case ErrorKind::corrupt:
      return "corrupt";
    case ErrorKind::io:
      return "io";
    case ErrorKind::external:
      return "external";
    case ErrorKind::interrupted:
      return "interrupted";
  }
  return "unknown";
}

}  // namespace mlrepro::model
