// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "cli/joined.hpp"
#include "cli/render.hpp"
#include "mlrepro/format/number_text.hpp"

namespace mlrepro::cli {
namespace {

constexpr std::size_t k_most_unfolded_metrics = 20;

Tone tone_of(model::CheckStatus status)
{
  switch (status) {
    case model::CheckStatus::same:
    case model::CheckStatus::same_content:
    case model::CheckStatus::within_tolerance:
      return Tone::good;
    case model::CheckStatus::differs:
      return Tone::bad;
    case model::CheckStatus::missing:
    case model::CheckStatus::varies:
      return Tone::warning;
    case model::CheckStatus::skipped:
      return Tone::faint;
  }
  return Tone::none;
}

Tone tone_of(model::MetricStatus status)
{
  switch (status) {
    case model::MetricStatus::same:
    case model::MetricStatus::within_tolerance:
    case model::MetricStatus::within_noise:
    case model::MetricStatus::improved:
      return Tone::good;
    case model::MetricStatus::differs:
      return Tone::bad;
    case model::MetricStatus::incomparable:
      return Tone::warning;
    case model::MetricStatus::skipped:
      return Tone::faint;
  }
  return Tone::none;
}

Tone tone_of(model::Verdict verdict)
{
  switch (verdict) {
    case model::Verdict::reproduced:
    case model::Verdict::passed:
      return Tone::good;
    case model::Verdict::differs:
    case model::Verdict::failed:
      return Tone::bad;
    case model::Verdict::incomparable:
    case model::Verdict::blocked:
      return Tone::warning;
  }
  return Tone::none;
}

template <typename Status>
Cell status_cell(Status status)
{
  return {std::string(model::to_string(status)), tone_of(status)};
}

Tone tone_of(model::Impact impact)
{
  switch (impact) {
    case model::Impact::high:
      return Tone::bad;
    case model::Impact::medium:
      return Tone::warning;
    case model::Impact::low:
    case model::Impact::none:
      return Tone::faint;
  }
  return Tone::none;
}

// What can't change numbers is in the JSON document only.
TextTable environment_table(const model::EnvironmentReport& report)
{
  TextTable table({"environment", "recorded", "replayed", "impact"});
  for (const model::EnvironmentDifference& difference : report.differences) {
    if (difference.impact != model::Impact::none) {
      table.add({difference.item,
                 difference.recorded.value_or("(absent)"),
                 difference.replayed.value_or("(absent)"),
                 {std::string(model::to_string(difference.impact)), tone_of(difference.impact)}});
    }
  }
  return table;
}

Cell verdict_cell(model::Verdict verdict)
{
  return {std::string(model::to_string(verdict)), tone_of(verdict)};
}

TextTable levels_table(const model::Reproduction& reproduction)
{
  TextTable levels({"level", "", "status", "why"});
  for (const model::LevelCheck& check : reproduction.levels) {
    levels.add({std::to_string(static_cast<int>(check.level)),
                std::string(model::to_string(check.level)), status_cell(check.status),
                check.reasons.empty() ? "" : check.reasons.front()});
    // The table of differences has the rest, ranked.
    const bool all = check.level != model::Level::environment;
    for (std::size_t i = 1; all && i < check.reasons.size(); ++i) {
      levels.add({"", "", "", check.reasons[i]});
    }
  }
  return levels;
}

// Here every digit counts: equal is equal to the last one.
std::string value_text(const std::optional<double>& value)
{
  return value ? format::to_text(*value) : "(none)";
}

bool is_explained(const model::MetricCheck& check)
{
  return !check.reason.empty() && (!check.rule.metric.empty() || check.noise);
}

TextTable metrics_table(const model::Reproduction& reproduction)
{
  const bool explained =
      std::any_of(reproduction.metrics.begin(), reproduction.metrics.end(), is_explained);
  std::vector<std::string> head = {"metric", "recorded", "replayed", "difference", "status"};
  std::vector<Align> sides = {Align::left, Align::right, Align::right, Align::right, Align::left};
  if (explained) {
    head.emplace_back("why");
    sides.push_back(Align::left);
  }
  TextTable metrics(head, sides);
  for (const model::MetricCheck& check : reproduction.metrics) {
    std::vector<Cell> line = {check.key, value_text(check.recorded), value_text(check.replayed),
                              check.absolute ? short_number(*check.absolute) : "",
                              status_cell(check.status)};
    if (explained) {
      line.emplace_back(check.reason);
    }
    metrics.add(line);
  }
  return metrics;
}

TextTable noise_table(const model::Reproduction& reproduction)
{
  TextTable noise({"noise of", "runs", "values", "mean", "sd", "min", "max", "identical"},
                  {Align::left, Align::left, Align::right, Align::right, Align::right, Align::right,
                   Align::right, Align::right});
  const auto add = [&](const std::string& key, const char* runs, const model::Spread& spread) {
    if (spread.count > 1) {
      noise.add({key, runs, std::to_string(spread.count), format::to_text(spread.mean),
                 short_number(spread.deviation), format::to_text(spread.min),
                 format::to_text(spread.max), std::to_string(spread.identical)});
    }
  };
  for (const model::MetricCheck& check : reproduction.metrics) {
    if (check.noise) {
      add(check.key, "recorded", check.noise->recorded);
      add(check.key, "replayed", check.noise->replayed);
    }
  }
  return noise;
}

TextTable outputs_table(const model::Reproduction& reproduction)
{
  const bool explained = std::any_of(reproduction.outputs.begin(), reproduction.outputs.end(),
                                     [](const model::OutputCheck& check) {
                                       return !check.reasons.empty() || !check.ignored.empty();
                                     });
  std::vector<std::string> head = {"output", "recorded", "replayed", "status"};
  if (explained) {
    head.emplace_back("why");
  }
  TextTable outputs(head);
  for (const model::OutputCheck& check : reproduction.outputs) {
    std::vector<Cell> line = {check.path, short_id(check.recorded), short_id(check.replayed),
                              status_cell(check.status)};
    if (explained) {
      line.emplace_back(!check.reasons.empty()  ? check.reasons.front()
                        : check.ignored.empty() ? ""
                                                : "not counted: " + joined(check.ignored, "; "));
    }
    outputs.add(line);
  }
  return outputs;
}

// As a comment on a merge request has it: a title that opens on a click.
std::string folded(const std::string& table, const std::string& title, bool fold)
{
  return fold ? "<details><summary>" + title + "</summary>\n\n" + table + "\n</details>\n" : table;
}

std::string verdict_text(const model::Reproduction& reproduction, Style style)
{
  const std::string word(model::to_string(reproduction.verdict));
  std::string text = style == Style::markdown ? "**" + word + "**"
                                              : paint(word, tone_of(reproduction.verdict), style);
  if (reproduction.verdict == model::Verdict::reproduced) {
    text += ", proven to level " + std::to_string(static_cast<int>(reproduction.proven)) + " of 5";
  }
  return text;
}

// Whether it is always the same, and if not, why that may be.
std::vector<std::string> steadiness(const model::Reproduction& reproduction)
{
  if (!reproduction.deterministic) {
    return {};
  }
  const std::size_t runs = reproduction.replays.size() + 1 + reproduction.repeats;
  if (*reproduction.deterministic) {
    return {"deterministic: nothing varies between the repeats of " + std::to_string(runs) +
            " runs"};
  }
  std::vector<std::string> lines = {"not deterministic; the likely cause, from what is recorded:"};
  for (const std::string& cause : reproduction.causes) {
    lines.push_back("- " + cause);
  }
  return lines;
}

std::string replays_text(const model::Reproduction& reproduction)
{
  if (reproduction.replays.size() < 2) {
    return reproduction.replay_name.empty()
               ? ""
               : "the replay is recorded as " + reproduction.replay_name;
  }
  std::string text;
  for (const model::ReplayedRun& replay : reproduction.replays) {
    text += (text.empty() ? "the replays are recorded as " : ", ") + replay.name;
  }
  return text;
}

std::string reasons_text(const model::Reproduction& reproduction, Style style)
{
  std::vector<std::string> lines = reproduction.reasons;
  const std::vector<std::string> steady = steadiness(reproduction);
  lines.insert(lines.end(), steady.begin(), steady.end());
  if (const std::string replays = replays_text(reproduction); !replays.empty()) {
    lines.push_back(replays);
  }
  std::string text;
  for (const std::string& line : lines) {
    text += style == Style::markdown ? "- " + markdown_text(line) + "\n"
                                     : "  " + printable(line) + "\n";
  }
  return text;
}

}  // namespace

std::string render_reproduction(const model::Reproduction& reproduction, Style style)
{
  std::string tables = levels_table(reproduction).render(style);
  if (!reproduction.metrics.empty()) {
    tables += "\n" + folded(metrics_table(reproduction).render(style),
                            format::counted(reproduction.metrics.size(), "metric"),
                            style == Style::markdown &&
                                reproduction.metrics.size() > k_most_unfolded_metrics);
  }
  if (reproduction.deterministic) {
    const TextTable noise = noise_table(reproduction);
    tables += noise.empty() ? "" : "\n" + noise.render(style);
  }
  if (!reproduction.outputs.empty()) {
    tables += "\n" + outputs_table(reproduction).render(style);
  }
  const TextTable differences = environment_table(reproduction.environment);
  if (!differences.empty()) {
    tables += "\n" + differences.render(style);
  }
  if (style == Style::markdown) {
    return "### " + markdown_code(reproduction.run_name) + ": " +
           verdict_text(reproduction, style) + "\n\n" + reasons_text(reproduction, style) + "\n" +
           tables;
  }
  return tables + "\nverdict: " + verdict_text(reproduction, style) + "\n" +
         reasons_text(reproduction, style);
}

std::string render_reproductions(std::span<const model::Reproduction> reproductions, Style style)
{
  TextTable table({"run", "verdict", "proven", "duration", "why"},
                  {Align::left, Align::left, Align::left, Align::right, Align::left});
  for (const model::Reproduction& reproduction : reproductions) {
    table.add({reproduction.run_name, verdict_cell(reproduction.verdict),
               std::to_string(static_cast<int>(reproduction.proven)) + " of 5",
               format::human_duration(reproduction.duration_s),
               reproduction.reasons.empty() ? "" : reproduction.reasons.front()});
  }
  const auto reproduced = std::count_if(reproductions.begin(), reproductions.end(),
                                        [](const model::Reproduction& reproduction) {
                                          return reproduction.verdict == model::Verdict::reproduced;
                                        });
  return table.render(style) + "\n" + std::to_string(reproduced) + " of " +
         format::counted(reproductions.size(), "run") + " reproduced\n";
}

}  // namespace mlrepro::cli
