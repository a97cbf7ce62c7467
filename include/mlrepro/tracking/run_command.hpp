// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mlrepro/model/error.hpp"
#include "mlrepro/model/run.hpp"
#include "mlrepro/tracking/ports.hpp"

namespace mlrepro::tracking {

enum class Strict { no, yes };

struct RunRequest {
  std::vector<std::string> command;
  std::string top;    // of the project, absolute
  std::string cwd;    // absolute
  std::string store;  // absolute, for the command's $MLREPRO_STORE
  std::string name;   // empty: two words
  std::string experiment;
  std::map<std::string, std::string> params;
  std::vector<std::string> param_files;  // FILE or FILE:key.path, relative to cwd
  std::vector<std::string> inputs;       // relative to cwd
  std::vector<std::string> outputs;
  std::vector<std::string> metric_files;
  model::ScalarRules scalars;  // of no use without capture_output
  std::map<std::string, std::string> tags;
  std::string note;
  std::string user;
  std::string host;
  model::Level keep = model::Level::evaluation;
  std::vector<std::string> extra_variables;
  std::optional<double> resources_s;  // between two looks at what it uses; absent: none is taken
  bool require_clean = false;
  bool capture_output = true;
  bool offer_endpoint = true;           // where its tracking client can log to
  bool trace = false;                   // find inputs and outputs by what is opened
  std::vector<std::string> data_roots;  // relative to cwd: what is traced besides the project
  Strict strict = Strict::no;
  std::optional<std::int64_t> seed;
  std::optional<double> timeout_s;
  double grace_s = 10;
  std::uint64_t max_untracked_bytes = 50'000'000;

  // For a replay: the code is given, not captured, and other variables hold.
  std::optional<model::CodeState> code;
  // Of an input or output that is part of a folder: its files, by its word in the lists above.
  std::map<std::string, std::vector<std::string>> listed;
  std::optional<model::RunId> parent;
  std::string program;  // what to execute instead of command[0]
  std::vector<std::pair<std::string, std::string>> set_variables;
  std::vector<std::string> unset_variables;
  bool discard_output = false;
  bool empty_input = false;  // nothing to read from stdin, instead of our own
  bool no_network = false;   // the command is kept from all but its own loopback interface

  // For a run of a sweep, which is its parent.
  std::optional<model::RunId> id;  // absent: a new one
  std::optional<std::uint64_t> sweep_item;
  std::map<std::string, std::string> sweep_params;
  std::vector<std::string> other_data;  // of the other runs, relative to cwd: no code either
};

struct RunOutcome {
  std::optional<model::Run> run;  // absent when nothing could be recorded
  ports::ProcessResult process;
  std::optional<model::Error> failure =
      {};  // the first input or output error that left a gap in `run`
};

// Runs the command and records it. Error{conflict} for a dirty tree with require_clean. Trouble
// with the record before the start is a warning and the command runs all the same, or with
// Strict::yes an Error; a missing input or a malformed parameter file is always an Error.
RunOutcome run_command(const Ports& ports, const RunRequest& request);

// The same command without any record, for when there is no store to record it in.
ports::ProcessResult run_unrecorded(ports::ProcessRunner& processes, const RunRequest& request);

}  // namespace mlrepro::tracking
