// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "mlrepro/model/file_access.hpp"

namespace mlrepro::ports {

// How the file accesses of a command, and of all that it starts, are written down while it runs.
// Both functions are called in a process of its own, a copy of this one: what they change is not
// seen here, and they must do without this process's locks and open files.
struct TraceRequest {
  std::string log_path;  // appended to, a line an access; the first of its kind on a path is enough
  std::function<model::Sighting(std::string_view path)> look;
  std::function<std::string(const model::FileAccess& access)> to_line;
};

}  // namespace mlrepro::ports
