// SPDX-License-Identifier: Apache-2.0
#include "cli/judging_options.hpp"

#include <CLI/CLI.hpp>

#include "cli/usage_errors.hpp"
#include "mlrepro/plan/row_rule.hpp"
#include "mlrepro/plan/tolerance.hpp"

namespace mlrepro::cli {
namespace {

// --atol and --rtol take the place of every configured tolerance; bounds and directions stay.
std::vector<plan::ToleranceRule> rules_of(const JudgingOptions& options, Project& project)
{
  std::vector<plan::ToleranceRule> rules = project.config().tolerances;
  const double atol = parse_amount("--atol", options.atol).value_or(0);
  const double rtol = parse_amount("--rtol", options.rtol).value_or(0);
  if (atol > 0 || rtol > 0) {
    for (plan::ToleranceRule& rule : rules) {
      rule.tolerance = {atol, rtol};
    }
    rules.insert(rules.begin(), {"*", {atol, rtol}});
  }
  for (const std::string& text : options.tolerances) {
    rules.push_back(plan::parse_tolerance(text));
  }
  return rules;
}

std::vector<model::RowRule> row_rules_of(const JudgingOptions& options, Project& project)
{
  std::vector<model::RowRule> rules = project.config().row_rules;
  for (const std::string& text : options.row_rules) {
    rules.push_back(plan::parse_row_rule(text));
  }
  return rules;
}

}  // namespace

void add_judging_options(CLI::App& command, JudgingOptions& options)
{
  command
      .add_option(
          "--tol", options.tolerances,
          "Limits of a metric, METRIC=abs:X or rel:X, min:X, max:X, lower-is-better, "
          "higher-is-better, required; several joined by commas; * stands for any characters")
      ->type_name("RULE")
      ->allow_extra_args(false);
  command
      .add_option("--rtol", options.rtol, "Relative tolerance of all metrics (default: 0, equal)")
      ->type_name("X");
  command
      .add_option("--atol", options.atol, "Absolute tolerance of all metrics (default: 0, equal)")
      ->type_name("X");
  command
      .add_option("--tol-rows", options.row_rules,
                  "Compare a CSV or TSV output row by row, FILE=abs:X or rel:X, and key:COLUMN to "
                  "match rows by it; joined by commas")
      ->type_name("RULE")
      ->allow_extra_args(false);
  command.add_flag("--gate", options.gate,
                   "Accept metrics that are better by their direction; other outputs may differ");
  command
      .add_option("--repeat", options.repeat,
                  "Replay this many times, and judge by how much the replays vary (default: 1)")
      ->type_name("K");
}

void apply_judging_options(const JudgingOptions& options, Project& project,
                           reproduction::ReproduceRequest& request)
{
  request.tolerances = rules_of(options, project);
  request.row_rules = row_rules_of(options, project);
  request.gate = options.gate ? model::Gate::yes : model::Gate::no;
  request.repeat = parse_times("--repeat", options.repeat);
}

std::vector<std::pair<std::string, bool>> judging_options_given(const JudgingOptions& options)
{
  return {{"--tol", !options.tolerances.empty()},
          {"--tol-rows", !options.row_rules.empty()},
          {"--gate", options.gate},
          {"--repeat", !options.repeat.empty()},
          {"--atol", !options.atol.empty()},
          {"--rtol", !options.rtol.empty()}};
}

}  // namespace mlrepro::cli
