// SPDX-License-Identifier: Apache-2.0
#include "cli/resource_options.hpp"

#include <CLI/CLI.hpp>

#include "cli/usage_errors.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::cli {

void add_resource_options(CLI::App& command, ResourceOptions& options)
{
  command
      .add_option("--resources", options.interval,
                  "Measure what the command uses of the machine every so many seconds "
                  "(default: 5)")
      ->type_name("SECONDS");
  command.add_flag("--no-resources", options.off, "Do not measure it");
}

std::optional<double> resource_interval(const ResourceOptions& options,
                                        const format::ProjectConfig& config)
{
  if (options.interval.empty()) {
    return options.off ? std::nullopt : config.resources_s;
  }
  if (options.off) {
    throw model::Error(model::ErrorKind::usage,
                       "--resources and --no-resources: one excludes the "
                       "other",
                       "use one of them");
  }
  const auto seconds = parse_amount("--resources", options.interval);
  if (!seconds || !format::is_resource_interval(*seconds)) {
    throw model::Error(model::ErrorKind::usage,
                       "--resources '" + options.interval + "': not from 0.1 to 86400 seconds",
                       "--no-resources measures nothing");
  }
  return seconds;
}

}  // namespace mlrepro::cli
