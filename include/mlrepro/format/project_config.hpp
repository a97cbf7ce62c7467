// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/model/reproduction.hpp"
#include "mlrepro/model/scalar_rules.hpp"

namespace mlrepro::format {

using ConfiguredTolerance = model::MetricRule;

// `mlrepro.toml`: defaults for what the command line does not say (docs/cli.md).
struct ProjectConfig {
  std::string experiment;
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  std::vector<std::string> metric_files;
  std::vector<std::string> param_files;
  std::vector<std::string> env;
  std::map<std::string, std::string> tags;
  std::string level;
  std::optional<double> timeout_s;
  std::optional<double> grace_s;
  std::optional<double> resources_s = 5;  // between two looks; absent: none is taken
  bool require_clean = false;
  bool capture = true;
  bool trace = false;
  std::vector<std::string> data_roots;
  std::uint64_t max_untracked_bytes = 50'000'000;
  model::ScalarRules scalars;  // all built-in patterns where the file does not say else
  std::vector<ConfiguredTolerance> tolerances;  // the last match wins
  std::vector<model::RowRule> row_rules;        // the last match wins
};

// What holds without a file.
ProjectConfig default_config();

// Throws Error{usage} naming file, line and column, or the unknown key and a near one.
ProjectConfig parse_config(const std::string& file_name, std::string_view text);

// From 0.1 s to a day.
bool is_resource_interval(double seconds);

// "50MB", "1.5 GB", "4096"; powers of 1000, or of 1024 with "KiB" and the like.
std::optional<std::uint64_t> parse_bytes(std::string_view text);

}  // namespace mlrepro::format
