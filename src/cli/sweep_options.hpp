// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace mlrepro::cli {

// The part of `run` that runs a command many times (docs/sweeps.md). Each of its runs is an
// `mlrepro run` of its own with the same words, and --sweep-run that says which of them it is.
struct SweepOptions {
  std::vector<std::string> each;
  std::string sample;
  std::string jobs;
  std::string resume;
  std::string child;  // PARENT:ITEM:ID:NAME
  bool retry_failed = false;
  bool stop_on_failure = false;
  bool dry_run = false;
  std::vector<std::string> words;  // the other options that were given, as words
};

inline constexpr const char* k_sweep_help =
    "A sweep: --each KEY=VALUES, once or several times, runs the command for every combination of "
    "values, each in place of {KEY} in the command, -i, -o, -m, -p, -t and --params; {item} is the "
    "number of the run. VALUES are separated by commas: texts, 1..5, 0..1:0.25, or with --sample a "
    "range 0.0..1.0 or 1e-4..0.1:log (docs/sweeps.md). With -j above 1, the runs' output comes "
    "line by line, behind their numbers. The exit code is the greatest of its runs.";

void add_sweep_options(CLI::App& command, SweepOptions& options);

// The options of a command that were given, by their long names, but those left out; the words
// start another mlrepro with them.
std::vector<std::string> given_words(const CLI::App& command,
                                     const std::set<std::string>& left_out);
// Of `run`, but those of sweeps.
std::vector<std::string> words_of_run(const CLI::App& command);

// What does not go together is Error{usage}.
void check_sweep_options(const SweepOptions& options, const std::vector<std::string>& command);

[[nodiscard]] bool is_sweep(const SweepOptions& options);

// The value of --sample or -j; absent for an empty word. At least 1.
std::optional<std::uint64_t> parse_positive(const std::string& option, const std::string& word);
std::uint64_t parse_jobs(const std::string& word, std::uint64_t otherwise);

}  // namespace mlrepro::cli
