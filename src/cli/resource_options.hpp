// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "mlrepro/format/project_config.hpp"

namespace CLI {
class App;
}  // namespace CLI

namespace mlrepro::cli {

// How often a run looks at what its command uses of the machine.
struct ResourceOptions {
  std::string interval;  // in seconds; empty: what mlrepro.toml says
  bool off = false;
};

void add_resource_options(CLI::App& command, ResourceOptions& options);

// In seconds; absent: not at all. Throws Error{usage} for what is no such time.
std::optional<double> resource_interval(const ResourceOptions& options,
                                        const format::ProjectConfig& config);

}  // namespace mlrepro::cli
