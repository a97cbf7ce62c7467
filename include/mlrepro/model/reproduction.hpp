// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/model/run.hpp"

namespace mlrepro::model {

enum class Verdict { reproduced, differs, incomparable, failed, blocked };
std::string_view to_string(Verdict verdict);

enum class CheckStatus { same, differs, missing, skipped };
std::string_view to_string(CheckStatus status);

struct LevelCheck {
  Level level = Level::none;
  CheckStatus status = CheckStatus::skipped;
  std::vector<std::string> reasons;
};

// |replayed - recorded| <= absolute + relative * |recorded|. Both zero: exactly equal.
struct Tolerance {
  double absolute = 0;
  double relative = 0;

  bool operator==(const Tolerance&) const = default;
};

// `incomparable`: one side is missing or NaN. `skipped`: added after the recorded run had ended,
// so that no replay can produce it.
enum class MetricStatus { same, within_tolerance, differs, incomparable, skipped };
std::string_view to_string(MetricStatus status);

struct MetricCheck {
  std::string key;
  std::optional<double> recorded;
  std::optional<double> replayed;
  std::optional<double> absolute;
  std::optional<double> relative;
  Tolerance tolerance;
  MetricStatus status = MetricStatus::incomparable;
};

struct OutputCheck {
  std::string path;
  std::optional<Digest> recorded;
  std::optional<Digest> replayed;
  CheckStatus status = CheckStatus::missing;
};

// How likely a difference between two environments changes numbers.
enum class Impact { none, low, medium, high };
std::string_view to_string(Impact impact);

struct EnvironmentDifference {
  std::string item;
  std::optional<std::string> recorded;
  std::optional<std::string> replayed;
  Impact impact = Impact::none;
};

// What a replay does about the recorded environment.
// check: names what differs. strict: no replay, or no verdict, where something that can change
// numbers differs. rebuild: the replay runs in an environment made from the record. ignore: nothing
// is compared, and nothing proven beyond level 3.
enum class EnvironmentPolicy { check, strict, rebuild, ignore };
std::string_view to_string(EnvironmentPolicy policy);

struct RebuiltEnvironment {
  std::string folder;
  std::string tool;               // what made it: "uv", "pip", "conda"
  bool reused = false;            // from an earlier rebuild
  std::vector<std::string> gaps;  // what the record has and this lacks, and why
};

struct EnvironmentReport {
  EnvironmentPolicy policy = EnvironmentPolicy::check;
  std::vector<EnvironmentDifference> differences;  // the likeliest to change numbers first
  std::optional<RebuiltEnvironment> rebuilt;
};

struct Reproduction {
  RunId run;
  std::string run_name;
  std::optional<RunId> replay;
  std::string replay_name;
  Verdict verdict = Verdict::blocked;
  std::vector<std::string> reasons;  // why the verdict is what it is, most important first
  std::vector<LevelCheck> levels;
  std::vector<MetricCheck> metrics;
  std::vector<OutputCheck> outputs;
  EnvironmentReport environment;
  Level proven = Level::none;
  double duration_s = 0;
};

// That of a gate over all of them. What differs is worse than what could not be told: differs,
// failed, blocked, incomparable, reproduced. `reproductions` has at least one.
Verdict worst_verdict(std::span<const Reproduction> reproductions);

}  // namespace mlrepro::model
