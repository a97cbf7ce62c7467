// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "mlrepro/ports/environment_probe.hpp"

namespace mlrepro::capture {

class LocalEnvironmentProbe final : public ports::EnvironmentProbe {
 public:
  void observe(int pid) override;
  [[nodiscard]] model::Environment read(const ports::ProbeRequest& request) const override;

 private:
  std::optional<model::Interpreter> seen_;
};

}  // namespace mlrepro::capture
