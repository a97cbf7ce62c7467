// SPDX-License-Identifier: Apache-2.0
#include "cli/sweep_options.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <set>
#include <utility>

#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;

constexpr std::uint64_t k_most_jobs = 1000;

}  // namespace

std::optional<std::uint64_t> parse_positive(const std::string& option, const std::string& word)
{
  if (word.empty()) {
    return std::nullopt;
  }
  const auto value = format::parse_integer(word);
  if (!value || *value < 1) {
    throw Error(ErrorKind::usage, option + " '" + word + "': not a whole number of 1 or more");
  }
  return static_cast<std::uint64_t>(*value);
}

std::uint64_t parse_jobs(const std::string& word, std::uint64_t otherwise)
{
  return std::min(parse_positive("-j", word).value_or(otherwise), k_most_jobs);
}

void add_sweep_options(CLI::App& command, SweepOptions& options)
{
  command.add_option("--each", options.each, "Run once for each of these values (a sweep)")
      ->type_name("KEY=VALUES")
      ->allow_extra_args(false);
  command
      .add_option("--sample", options.sample,
                  "Of a sweep, only N runs, drawn by --seed (default: 0)")
      ->type_name("N");
  command.add_option("-j,--jobs", options.jobs, "Of a sweep, so many runs at once (default: 1)")
      ->type_name("N");
  command.add_flag("--stop-on-failure", options.stop_on_failure,
                   "Of a sweep, start no more runs when one has failed");
  command
      .add_option("--resume", options.resume,
                  "Go on with a sweep: run what was interrupted or never started")
      ->type_name("REF");
  command.add_flag("--retry-failed", options.retry_failed,
                   "With --resume: run also what failed by itself");
  command.add_flag("--dry-run", options.dry_run, "Print the commands of a sweep; run nothing");
  command.add_option("--sweep-run", options.child)->group("");
}

std::vector<std::string> words_of_run(const CLI::App& command)
{
  return given_words(command, {"--each", "--sample", "--jobs", "--resume", "--retry-failed",
                               "--stop-on-failure", "--dry-run", "--sweep-run", "--help"});
}

std::vector<std::string> given_words(const CLI::App& command, const std::set<std::string>& left_out)
{
  std::vector<std::string> words;
  for (const CLI::Option* option : command.get_options()) {
    if (option->empty() || !option->nonpositional() || option->get_lnames().empty()) {
      continue;
    }
    const std::string name = "--" + option->get_lnames().front();
    if (left_out.contains(name)) {
      continue;
    }
    if (option->get_items_expected_max() == 0) {
      words.push_back(name);
      continue;
    }
    for (const std::string& value : option->results()) {
      words.push_back(name + "=" + value);
    }
  }
  return words;
}

void check_sweep_options(const SweepOptions& options, const std::vector<std::string>& command)
{
  const bool resumes = !options.resume.empty();
  const std::vector<std::pair<std::string, bool>> of_a_sweep = {
      {"--sample", !options.sample.empty()},
      {"-j", !options.jobs.empty()},
      {"--stop-on-failure", options.stop_on_failure},
      {"--dry-run", options.dry_run}};
  if (options.each.empty() && !resumes) {
    for (const auto& [name, given] : of_a_sweep) {
      if (given) {
        throw Error(ErrorKind::usage, name + ": only for a sweep",
                    "say what to vary: --each KEY=VALUE,VALUE");
      }
    }
  }
  if (options.retry_failed && !resumes) {
    throw Error(ErrorKind::usage, "--retry-failed: only with --resume",
                "name the sweep: mlrepro run --resume REF --retry-failed");
  }
  const bool more = !options.each.empty() || !options.sample.empty() || !options.words.empty() ||
                    !command.empty();
  if (resumes && more) {
    throw Error(ErrorKind::usage,
                "--resume '" + options.resume + "': the command and its options are on record",
                "leave out all but -j, --retry-failed, --stop-on-failure and --dry-run");
  }
}

bool is_sweep(const SweepOptions& options)
{
  return !options.each.empty() && options.child.empty();
}

}  // namespace mlrepro::cli
