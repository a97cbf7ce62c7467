// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mlrepro/reproduction/reproduce.hpp"

namespace mlrepro::reproduction {

// The environment that a replay runs in: the one that is here, or one made from the record.
class ReplayEnvironment {
 public:
  // `recorded` is the environment to compare with or to rebuild, that of the run as a rule.
  ReplayEnvironment(const tracking::Ports& ports, ports::EnvironmentBuilder& builder,
                    const ReproduceRequest& request,
                    const std::optional<model::Environment>& recorded);

  // Rebuilds it where that is asked for. Throws what ports::EnvironmentBuilder throws.
  void prepare();
  // So that the command runs in what was rebuilt, whatever way it finds its interpreter.
  void apply(tracking::RunRequest& run) const;
  // Warns of what differs from the record; what of it forbids the replay, if anything. `program`
  // is what is executed for the recorded one; empty: the recorded one.
  [[nodiscard]] std::vector<std::string> look_before_start(const std::string& program) const;

  [[nodiscard]] const std::optional<model::RebuiltEnvironment>& rebuilt() const { return rebuilt_; }

 private:
  [[nodiscard]] std::string rebuilt_program() const;

  const tracking::Ports& ports_;
  ports::EnvironmentBuilder& builder_;
  const ReproduceRequest& request_;
  const std::optional<model::Environment>& recorded_;
  std::optional<model::RebuiltEnvironment> rebuilt_;
};

}  // namespace mlrepro::reproduction
