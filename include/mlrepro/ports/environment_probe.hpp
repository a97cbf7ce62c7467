// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "mlrepro/model/environment.hpp"

namespace mlrepro::ports {

struct ProbeRequest {
  std::vector<std::string> argv;
  std::string program;  // the file that argv[0] resolved to
  std::string cwd;
  std::vector<std::string> extra_variables;  // recorded besides the allow-list
  bool packages = true;
  // How the command's variables differ from ours.
  std::vector<std::pair<std::string, std::string>> set_variables = {};
  std::vector<std::string> unset_variables = {};
};

// Learns in what environment a command runs, from files alone: no interpreter is started.
class EnvironmentProbe {
 public:
  EnvironmentProbe() = default;
  EnvironmentProbe(const EnvironmentProbe&) = delete;
  EnvironmentProbe& operator=(const EnvironmentProbe&) = delete;
  virtual ~EnvironmentProbe() = default;

  // Looks at the process tree below `pid` for an interpreter; remembers the last one seen.
  virtual void observe(int pid) = 0;
  // With an interpreter seen by `observe`, or else the one that argv names.
  [[nodiscard]] virtual model::Environment read(const ProbeRequest& request) const = 0;
};

}  // namespace mlrepro::ports
