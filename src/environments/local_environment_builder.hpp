// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "mlrepro/plan/environment_recipe.hpp"
#include "mlrepro/ports/environment_builder.hpp"
#include "mlrepro/ports/process_runner.hpp"
#include "mlrepro/ports/reporter.hpp"

namespace mlrepro::environments {

// With uv where it is installed, else venv and pip; with mamba, micromamba or conda where the
// record is conda's. Each environment lies below `cache`, in a folder named after its recipe;
// whoever makes one holds a lock, so that others wait for it and use it. One that lacks something
// that may be had the next time is made anew then.
class LocalEnvironmentBuilder final : public ports::EnvironmentBuilder {
 public:
  LocalEnvironmentBuilder(std::string cache, ports::ProcessRunner& processes,
                          ports::Reporter& reporter);

  model::RebuiltEnvironment build(const model::Environment& recorded) override;

 private:
  std::string cache_;  // absolute; made when it is needed
  ports::ProcessRunner& processes_;
  ports::Reporter& reporter_;
};

}  // namespace mlrepro::environments
