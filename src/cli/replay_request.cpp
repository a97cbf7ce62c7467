// SPDX-License-Identifier: Apache-2.0
#include "cli/replay_request.hpp"

#include <cstdlib>

#include "cli/usage_errors.hpp"

namespace mlrepro::cli {

reproduction::ReproduceRequest replay_request(Project& project, const std::string& timeout,
                                              bool show_output)
{
  reproduction::ReproduceRequest request;
  request.store = project.store_path();
  request.top = project.place().top;
  request.user = project.user();
  request.host = project.host();
  const char* path = std::getenv("PATH");
  request.search_path = path == nullptr ? "" : path;
  request.timeout_s = parse_amount("--timeout", timeout);
  request.show_output = show_output && !project.options().json;
  return request;
}

}  // namespace mlrepro::cli
