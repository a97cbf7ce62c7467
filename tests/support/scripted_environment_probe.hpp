// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "mlrepro/ports/environment_probe.hpp"
#include "support/memory_object_store.hpp"

namespace mlrepro::testing {

// Tells the environment that the test has set; packages only where they are asked for.
class ScriptedEnvironmentProbe final : public ports::EnvironmentProbe {
 public:
  ScriptedEnvironmentProbe()
  {
    environment.os = "Testix 1";
    environment.interpreter = model::Interpreter{"python", "3.11.2", "/usr/bin/python3"};
    environment.packages = {{"numpy", "1.0", "dist-info"}};
    environment.variables = {{"OMP_NUM_THREADS", "2"}};
  }

  model::Environment environment;
  std::vector<int> observed;
  mutable std::vector<ports::ProbeRequest> requests;
  mutable Fault on_read;

  void observe(int pid) override { observed.push_back(pid); }
  [[nodiscard]] model::Environment read(const ports::ProbeRequest& request) const override
  {
    on_read.count("read environment");
    requests.push_back(request);
    model::Environment found = environment;
    if (!request.packages) {
      found.packages.clear();
    }
    return found;
  }
};

}  // namespace mlrepro::testing
