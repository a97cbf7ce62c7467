// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/model/code_state.hpp"
#include "mlrepro/model/digest.hpp"
#include "mlrepro/model/environment.hpp"
#include "mlrepro/model/metric.hpp"
#include "mlrepro/model/run_id.hpp"
#include "mlrepro/model/run_trace.hpp"
#include "mlrepro/model/scalar_rules.hpp"
#include "mlrepro/model/sweep.hpp"
#include "mlrepro/model/timestamp.hpp"

namespace mlrepro::model {

enum class RunStatus { running, finished, failed, killed, lost };
std::string_view to_string(RunStatus status);
std::optional<RunStatus> parse_run_status(std::string_view text);

// The reproducibility scale, by its five steps; `none` is below the first.
enum class Level {
  none = 0,
  code = 1,
  configuration = 2,
  data = 3,
  environment = 4,
  evaluation = 5
};
std::string_view to_string(Level level);

struct Parameter {
  std::string value;
  std::string source;  // "flag", "argv", "sweep", "file:<path>", "log", "mlflow"

  bool operator==(const Parameter&) const = default;
};

// A path that a run read or wrote. `snapshot` is absent when the path was not there.
struct RunData {
  std::string path;
  std::optional<Digest> snapshot;
  std::optional<Digest> digest;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  bool stored = true;  // false: identity only
  bool changed_during_run = false;
  std::optional<Timestamp> forgotten = {};  // when some of its content was destroyed
  bool declared = true;                     // false: only the trace found it
  std::optional<bool> traced = {};          // whether it was seen used; absent: nobody looked
  bool partial = false;                     // of the folder only the files that were used

  bool operator==(const RunData&) const = default;
};

struct Artifact {
  std::string path;  // the name it is listed under
  Digest digest;
  std::uint64_t bytes = 0;
  std::optional<Timestamp> forgotten = {};

  bool operator==(const Artifact&) const = default;
};

struct Resources {
  double user_s = 0;
  double system_s = 0;
  std::uint64_t max_rss_bytes = 0;

  bool operator==(const Resources&) const = default;
};

// The captured output streams; absent with --no-capture. `index` says in which order and when
// the pieces of both were written (docs/format.md).
struct RunLogs {
  std::optional<Digest> stdout_digest;
  std::optional<Digest> stderr_digest;
  std::optional<Digest> index_digest;

  bool operator==(const RunLogs&) const = default;
};

// Something added to a run after it had ended.
struct Addition {
  Timestamp at;
  std::string kind;  // "metric", "param", "tag", "note", "artifact", "name"
  std::string key;
  std::string value;

  bool operator==(const Addition&) const = default;
};

struct Run {
  RunId id;
  std::string name;
  std::string experiment;
  RunStatus status = RunStatus::running;
  std::optional<int> exit_code;
  std::optional<int> signal;
  std::optional<int> stopped_by;  // the last signal to end that mlrepro was sent while it ran
  Timestamp started_at;
  std::optional<Timestamp> ended_at;
  std::vector<std::string> command;
  std::string cwd;      // relative to the top of the project; "." is the top
  std::string top;      // the top of the project, absolute, on the machine that ran it
  std::string program;  // the file that command[0] resolved to; empty when none
  std::string user;
  std::string host;
  CodeState code;
  std::map<std::string, Parameter> params;
  std::map<std::string, MetricSummary> metrics;
  std::map<std::string, std::string> tags;
  std::string note;
  std::vector<RunData> inputs;
  std::vector<RunData> outputs;
  std::vector<std::string> metric_files;  // the -m paths, so that a replay reads them again
  ScalarRules scalars;                    // what was looked for in the output
  std::vector<Artifact> artifacts;
  std::optional<Digest> environment_digest;
  std::optional<Environment> environment;
  Resources resources;
  RunLogs logs;
  std::optional<RunTrace> trace;   // absent: not asked for
  Level keep = Level::evaluation;  // --level: how much was asked to be kept
  std::optional<std::int64_t> seed;
  std::vector<std::string> problems;  // what could not be recorded, and why
  Level recorded = Level::none;
  std::vector<std::string> missing;         // the next missing steps, nearest first
  std::optional<Level> proven;              // by the best reproduction so far
  std::optional<RunId> parent;              // what it replays, or the sweep that it is a run of
  std::optional<Sweep> sweep;               // it stands for a sweep, whose runs have it as parent
  std::optional<std::uint64_t> sweep_item;  // its number among its parent's runs, from 1
  std::vector<Addition> additions;
};

}  // namespace mlrepro::model
