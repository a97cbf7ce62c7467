// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/model/run.hpp"

namespace mlrepro::model {

// `passed`: not reproduced, but no worse by the rules, which only a gate asks for.
enum class Verdict { reproduced, differs, incomparable, failed, blocked, passed };
std::string_view to_string(Verdict verdict);

// Of a level, and of an output. The last three are an output's only: other bytes that say the same,
// values that differ by no more than is allowed, and what differs from replay to replay.
enum class CheckStatus { same, differs, missing, skipped, same_content, within_tolerance, varies };
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

// Which way a metric gets better.
enum class Direction { two_sided, lower_is_better, higher_is_better };
std::string_view to_string(Direction direction);

// What the metrics whose name matches must keep to: '*' stands for any characters, '?' for one.
struct MetricRule {
  std::string metric;
  Tolerance tolerance = {};
  Direction direction = Direction::two_sided;
  std::optional<double> min = {};  // of the replayed value
  std::optional<double> max = {};
  bool required = false;  // that no metric matches is a result that is missing

  bool operator==(const MetricRule&) const = default;
};

// What a replay is asked: to come out the same, or at least no worse.
enum class Gate { no, yes };

// Values of one metric, of runs that should have had the same.
struct Spread {
  std::size_t count = 0;
  double mean = 0;
  double deviation = 0;  // of the sample, with count - 1
  double min = 0;
  double max = 0;
  std::size_t identical = 0;  // the most values that are the same to the last bit

  [[nodiscard]] bool is_constant() const { return identical == count; }
};

// How far a value may be from `spread.mean` to be one more of the same.
struct Noise {
  Spread recorded;  // of the recorded run and its repeats
  Spread replayed;  // of the replays
  std::optional<double> interval =
      {};  // half of it; absent where nothing varies or it can't be told
};

// `incomparable`: one side is missing or NaN. `skipped`: added after the recorded run had ended,
// so that no replay can produce it. `improved`: further apart than is allowed, but better, which
// only a gate accepts. `within_noise`: no further apart than repeats are.
enum class MetricStatus {
  same,
  within_tolerance,
  differs,
  incomparable,
  skipped,
  improved,
  within_noise
};
std::string_view to_string(MetricStatus status);

struct MetricCheck {
  std::string key;
  std::optional<double> recorded;
  std::optional<double> replayed;  // the mean, of several replays
  std::optional<double> absolute;
  std::optional<double> relative;
  Tolerance tolerance;
  MetricStatus status = MetricStatus::incomparable;
  MetricRule rule = {};             // which decided; without a name where none matches
  std::string reason = {};          // which bound decided, and by how much; empty for equal values
  std::optional<Noise> noise = {};  // where there is more than one value a side
};

// How the rows of outputs are compared whose path matches, as a MetricRule's name does: text must
// be equal, numbers may differ by the tolerance.
struct RowRule {
  std::string path;
  Tolerance tolerance = {};
  std::vector<std::string> key = {};  // columns that name a row; none: rows are in order

  bool operator==(const RowRule&) const = default;
};

struct CellDifference {
  std::string row;  // "row 17", from 1 without the header, or "id=17"
  std::string column;
  std::string recorded;
  std::string replayed;
};

// Two tables, row by row.
struct RowsCheck {
  std::uint64_t recorded = 0;  // rows
  std::uint64_t replayed = 0;
  std::uint64_t differing = 0;              // further apart than is allowed
  std::uint64_t missing = 0;                // that the replay does not have
  std::uint64_t added = 0;                  // that the record does not have
  std::optional<double> max_absolute = {};  // over all numbers; absent where all are equal
  std::optional<double> max_relative = {};
  CellDifference farthest = {};            // where max_absolute is
  std::vector<CellDifference> first = {};  // of the differing, at most k_max_listed_cells
};
inline constexpr std::size_t k_max_listed_cells = 5;

// One file of an output whose bytes differ, or that one side lacks.
struct FileCheck {
  std::string path;  // below the output; empty: the output is this file
  CheckStatus status = CheckStatus::differs;
  std::vector<std::string> ignored;    // what differs and does not count
  std::vector<std::string> reasons;    // what differs and counts
  std::optional<RowsCheck> rows = {};  // where a rule says that they are compared
};

struct OutputCheck {
  std::string path;
  std::optional<Digest> recorded;
  std::optional<Digest> replayed;
  CheckStatus status = CheckStatus::missing;
  // Where the bytes differ: of all files together, as far as they are listed.
  std::vector<std::string> ignored = {};
  std::vector<std::string> reasons = {};
  std::vector<FileCheck> files = {};     // the worst first, at most k_max_listed_files
  std::uint64_t files_not_the_same = 0;  // how many there are
  bool ruled = false;                    // a rule says how its rows are compared
};
inline constexpr std::size_t k_max_listed_files = 20;

struct ReplayedRun {
  RunId id;
  std::string name;
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

// What kept the replay to its record, and what of it was not kept.
struct Isolation {
  bool no_network = false;
  bool traced = false;
  // That the trace saw it use, and the record does not have: files, and addresses.
  std::vector<std::string> read = {};
  std::vector<std::string> connected = {};
};

struct Reproduction {
  RunId run;
  std::string run_name;
  std::optional<RunId> replay;  // the first
  std::string replay_name;
  std::vector<ReplayedRun> replays = {};   // all of them
  std::size_t repeats = 0;                 // of the recorded run, that it was compared with, too
  std::optional<bool> deterministic = {};  // absent where nothing was repeated
  std::vector<std::string> causes = {};    // why it may vary, the likeliest first
  Verdict verdict = Verdict::blocked;
  Gate gate = Gate::no;
  std::vector<std::string> reasons;  // why the verdict is what it is, most important first
  std::vector<LevelCheck> levels;
  std::vector<MetricCheck> metrics;
  std::vector<OutputCheck> outputs;
  EnvironmentReport environment;
  Isolation isolation = {};  // of the first replay
  bool timed_out = false;    // the last replay's command ran into the timeout, and was ended
  Level proven = Level::none;
  double duration_s = 0;
};

// That of a gate over all of them. What differs is worse than what could not be told: differs,
// failed, blocked, incomparable, reproduced. `reproductions` has at least one.
Verdict worst_verdict(std::span<const Reproduction> reproductions);

}  // namespace mlrepro::model
