// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/reproduction_reader.hpp"

#include <initializer_list>

#include "format/record_values.hpp"

namespace mlrepro::format {
namespace {

using records::json;
using records::refuse;
using records::take_list;
using records::take_number;
using records::take_optional;
using records::take_run_id;
using records::take_whole;

// The value whose word this is.
template <typename Value>
Value take_word(const json& word, std::initializer_list<Value> values)
{
  for (const Value value : values) {
    if (word.get<std::string>() == to_string(value)) {
      return value;
    }
  }
  refuse("'" + word.get<std::string>() + "' is no word of this version");
}

std::string take_string(const json& value)
{
  return value.is_null() ? "" : value.get<std::string>();
}

std::vector<std::string> take_strings(const json& value)
{
  return take_list(value, take_string);
}

model::CheckStatus take_status(const json& word)
{
  using enum model::CheckStatus;
  return take_word(word, {same, differs, missing, skipped, same_content, within_tolerance, varies});
}

model::Level take_level(const json& value)
{
  const int level = take_whole<int>(value);
  if (level < static_cast<int>(model::Level::none) ||
      level > static_cast<int>(model::Level::evaluation)) {
    refuse("a level is none");
  }
  return static_cast<model::Level>(level);
}

model::LevelCheck take_level_check(const json& value)
{
  return {take_level(value.at("level")), take_status(value.at("status")),
          take_strings(value.at("reasons"))};
}

model::Spread take_spread(const json& value)
{
  model::Spread spread;
  spread.count = take_whole<std::size_t>(value.at("count"));
  spread.mean = take_number(value.at("mean"));
  spread.deviation = take_number(value.at("sd"));
  spread.min = take_number(value.at("min"));
  spread.max = take_number(value.at("max"));
  spread.identical = take_whole<std::size_t>(value.at("identical"));
  return spread;
}

model::Noise take_noise(const json& value)
{
  return {take_spread(value.at("recorded")), take_spread(value.at("replayed")),
          take_optional(value.at("interval"), take_number)};
}

model::MetricRule take_rule(const json& check, const model::Tolerance& tolerance)
{
  using enum model::Direction;
  model::MetricRule rule;
  rule.metric = take_string(check.at("rule"));
  rule.tolerance = tolerance;
  rule.direction = take_word(check.at("direction"), {two_sided, lower_is_better, higher_is_better});
  rule.min = take_optional(check.at("min"), take_number);
  rule.max = take_optional(check.at("max"), take_number);
  rule.required = check.at("required").get<bool>();
  return rule;
}

model::MetricCheck take_metric(const json& value)
{
  using enum model::MetricStatus;
  model::MetricCheck check;
  check.key = take_string(value.at("key"));
  check.recorded = take_optional(value.at("recorded"), take_number);
  check.replayed = take_optional(value.at("replayed"), take_number);
  check.absolute = take_optional(value.at("abs"), take_number);
  check.relative = take_optional(value.at("rel"), take_number);
  const json& tolerance = value.at("tolerance");
  check.tolerance = {take_number(tolerance.at("abs")), take_number(tolerance.at("rel"))};
  check.status = take_word(value.at("status"), {same, within_tolerance, differs, incomparable,
                                                skipped, improved, within_noise});
  check.reason = take_string(value.at("reason"));
  check.rule = take_rule(value, check.tolerance);
  check.noise = take_optional(value.at("noise"), take_noise);
  return check;
}

model::CellDifference take_cell(const json& value)
{
  return {take_string(value.at("row")), take_string(value.at("column")),
          take_string(value.at("recorded")), take_string(value.at("replayed"))};
}

model::RowsCheck take_rows(const json& value)
{
  model::RowsCheck rows;
  rows.recorded = take_whole<std::uint64_t>(value.at("recorded"));
  rows.replayed = take_whole<std::uint64_t>(value.at("replayed"));
  rows.differing = take_whole<std::uint64_t>(value.at("differing"));
  rows.missing = take_whole<std::uint64_t>(value.at("missing"));
  rows.added = take_whole<std::uint64_t>(value.at("added"));
  rows.max_absolute = take_optional(value.at("max_abs"), take_number);
  rows.max_relative = take_optional(value.at("max_rel"), take_number);
  if (!value.at("farthest").is_null()) {
    rows.farthest = take_cell(value.at("farthest"));
  }
  rows.first = take_list(value.at("first"), take_cell);
  return rows;
}

model::FileCheck take_file(const json& value)
{
  return {take_string(value.at("path")), take_status(value.at("status")),
          take_strings(value.at("normalised")), take_strings(value.at("reasons")),
          take_optional(value.at("rows"), take_rows)};
}

model::OutputCheck take_output(const json& value)
{
  model::OutputCheck check;
  check.path = take_string(value.at("path"));
  check.recorded = take_optional(value.at("recorded"), records::take_digest);
  check.replayed = take_optional(value.at("replayed"), records::take_digest);
  check.status = take_status(value.at("status"));
  check.ignored = take_strings(value.at("normalised"));
  check.reasons = take_strings(value.at("reasons"));
  check.files = take_list(value.at("files"), take_file);
  check.files_not_the_same = take_whole<std::uint64_t>(value.at("files_not_the_same"));
  check.ruled = value.at("ruled").get<bool>();
  return check;
}

model::EnvironmentDifference take_difference(const json& value)
{
  using enum model::Impact;
  return {take_string(value.at("item")), take_optional(value.at("recorded"), take_string),
          take_optional(value.at("replayed"), take_string),
          take_word(value.at("impact"), {none, low, medium, high})};
}

model::RebuiltEnvironment take_rebuilt(const json& value)
{
  return {take_string(value.at("folder")), take_string(value.at("tool")),
          value.at("reused").get<bool>(), take_strings(value.at("gaps"))};
}

model::EnvironmentReport take_environment(const json& value)
{
  using enum model::EnvironmentPolicy;
  return {take_word(value.at("policy"), {check, strict, rebuild, ignore}),
          take_list(value.at("differences"), take_difference),
          take_optional(value.at("rebuilt"), take_rebuilt)};
}

model::Isolation take_isolation(const json& value)
{
  const json& beyond = value.at("beyond");
  return {value.at("no_network").get<bool>(), value.at("traced").get<bool>(),
          take_strings(beyond.at("read")), take_strings(beyond.at("connected"))};
}

std::vector<model::ReplayedRun> take_replays(const json& document)
{
  const auto ids = take_list(document.at("replays"), take_run_id);
  const auto names = take_strings(document.at("replay_names"));
  if (ids.size() != names.size()) {
    refuse("a replay has no name");
  }
  std::vector<model::ReplayedRun> replays;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    replays.push_back({ids[i], names[i]});
  }
  return replays;
}

model::Reproduction take_reproduction(const json& document)
{
  using enum model::Verdict;
  model::Reproduction result;
  result.run = take_run_id(document.at("run"));
  result.run_name = take_string(document.at("run_name"));
  result.replay = take_optional(document.at("replay"), take_run_id);
  result.replays = take_replays(document);
  if (!result.replays.empty()) {
    result.replay_name = result.replays.front().name;
  }
  result.repeats = take_whole<std::size_t>(document.at("repeats"));
  result.deterministic =
      take_optional(document.at("deterministic"), [](const json& is) { return is.get<bool>(); });
  result.causes = take_strings(document.at("causes"));
  result.verdict = take_word(document.at("verdict"),
                             {reproduced, differs, incomparable, failed, blocked, passed});
  result.gate = document.at("gate").get<bool>() ? model::Gate::yes : model::Gate::no;
  result.timed_out = document.at("timed_out").get<bool>();
  result.reasons = take_strings(document.at("reasons"));
  result.levels = take_list(document.at("levels"), take_level_check);
  result.metrics = take_list(document.at("metrics"), take_metric);
  result.outputs = take_list(document.at("outputs"), take_output);
  result.environment = take_environment(document.at("environment"));
  result.isolation = take_isolation(document.at("isolation"));
  result.proven = take_level(document.at("proven"));
  result.duration_s = take_number(document.at("duration_s"));
  return result;
}

model::MetricDiff take_metric_diff(const json& value)
{
  model::MetricDiff metric;
  metric.key = take_string(value.at("key"));
  metric.a = take_optional(value.at("recorded"), take_number);
  metric.b = take_optional(value.at("replayed"), take_number);
  metric.delta = take_optional(value.at("delta"), take_number);
  metric.relative = take_optional(value.at("relative"), take_number);
  metric.same = value.at("same").get<bool>();
  return metric;
}

model::DataDiff take_data_diff(const json& value)
{
  model::DataDiff data;
  data.path = take_string(value.at("path"));
  data.a = take_optional(value.at("recorded"), records::take_digest);
  data.b = take_optional(value.at("replayed"), records::take_digest);
  data.same = value.at("same").get<bool>();
  return data;
}

model::WhatIf take_what_if(const json& value)
{
  using enum model::ReplayOutcome;
  model::WhatIf answer;
  answer.run = take_run_id(value.at("run"));
  answer.run_name = take_string(value.at("run_name"));
  answer.replay = take_optional(value.at("replay"), take_run_id);
  answer.replay_name = take_string(value.at("replay_name"));
  answer.outcome = take_word(value.at("outcome"), {ended, failed, blocked});
  answer.reasons = take_strings(value.at("reasons"));
  answer.changes = take_list(value.at("changes"), [](const json& change) -> model::Change {
    return {take_string(change.at("what")), take_string(change.at("from")),
            take_string(change.at("to"))};
  });
  answer.metrics = take_list(value.at("metrics"), take_metric_diff);
  answer.outputs = take_list(value.at("outputs"), take_data_diff);
  answer.duration_s = take_number(value.at("duration_s"));
  return answer;
}

}  // namespace

model::Reproduction read_reproduction(std::string_view text)
{
  return records::read_document(text, "mlrepro.reproduction/1", take_reproduction);
}

model::WhatIf read_what_if(std::string_view text)
{
  return records::read_document(text, "mlrepro.whatif/1", [](const json& document) {
    return take_what_if(document.at("runs").at(0));
  });
}

}  // namespace mlrepro::format
