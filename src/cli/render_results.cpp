// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "cli/render.hpp"
#include "mlrepro/format/number_text.hpp"

namespace mlrepro::cli {
namespace {

constexpr std::size_t k_most_unfolded_metrics = 20;

Tone tone_of(model::CheckStatus status)
{
  switch (status) {
    case model::CheckStatus::same:
      return Tone::good;
    case model::CheckStatus::differs:
      return Tone::bad;
    case model::CheckStatus::missing:
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
      table.add({difference.item, difference.recorded.value_or("(absent)"),
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

TextTable metrics_table(const model::Reproduction& reproduction)
{
  TextTable metrics({"metric", "recorded", "replayed", "difference", "status"},
                    {Align::left, Align::right, Align::right, Align::right, Align::left});
  for (const model::MetricCheck& check : reproduction.metrics) {
    metrics.add({check.key, value_text(check.recorded), value_text(check.replayed),
                 check.absolute ? short_number(*check.absolute) : "", status_cell(check.status)});
  }
  return metrics;
}

TextTable outputs_table(const model::Reproduction& reproduction)
{
  TextTable outputs({"output", "recorded", "replayed", "status"});
  for (const model::OutputCheck& check : reproduction.outputs) {
    outputs.add({check.path, short_id(check.recorded), short_id(check.replayed),
                 status_cell(check.status)});
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

std::string reasons_text(const model::Reproduction& reproduction, Style style)
{
  std::vector<std::string> lines = reproduction.reasons;
  if (!reproduction.replay_name.empty()) {
    lines.push_back("the replay is recorded as " + reproduction.replay_name);
  }
  std::string text;
  for (const std::string& line : lines) {
    text += style == Style::markdown ? "- " + markdown_text(line) + "\n"
                                     : "  " + printable(line) + "\n";
  }
  return text;
}

std::string checked_text(const model::Verification& verification)
{
  std::string text = format::counted(verification.checked, "object") + ", " +
                     format::human_bytes(verification.bytes) + " checked";
  if (verification.sample) {
    text += ", " + short_number(*verification.sample * 100) + "% of the content";
  }
  return text;
}

std::string outcome_text(const model::Verification& verification, Style style)
{
  if (verification.damaged.empty()) {
    return paint("all sound", Tone::good, style);
  }
  const std::string damaged = std::to_string(verification.damaged.size()) + " damaged";
  const auto repaired =
      std::count_if(verification.damaged.begin(), verification.damaged.end(),
                    [](const model::Damage& damage) { return damage.repaired_from.has_value(); });
  if (verification.is_sound()) {
    return paint(damaged + ", all repaired", Tone::good, style);
  }
  const std::string more = repaired == 0 ? "" : ", " + std::to_string(repaired) + " repaired";
  return paint(damaged + more, Tone::bad, style);
}

std::string damage_text(const model::Damage& damage,
                        const std::map<model::RunId, std::string>& names)
{
  std::string out = "\nobject " + damage.object.hex() + "\n  " + printable(damage.problem) + "\n";
  for (const std::string& path : damage.paths) {
    out += "  path      " + printable(path) + "\n";
  }
  for (const model::Digest& snapshot : damage.snapshots) {
    out += "  snapshot  " + short_id(snapshot) + "\n";
  }
  for (const model::RunId& run : damage.runs) {
    const auto name = names.find(run);
    out += "  run       " +
           (name == names.end() ? run.str() : name->second + " (" + run.str().substr(0, 8) + ")") +
           "\n";
  }
  if (damage.repaired_from) {
    out += "  repaired  from " + printable(*damage.repaired_from) + "\n";
  } else if (!damage.not_repaired.empty()) {
    out += "  no copy   " + printable(damage.not_repaired) + "\n";
  }
  return out;
}

}  // namespace

std::string render_verification(const model::Verification& verification,
                                const std::map<model::RunId, std::string>& names, Style style)
{
  std::string out = checked_text(verification) + ": " + outcome_text(verification, style);
  if (verification.forgotten > 0) {
    out += ", " + std::to_string(verification.forgotten) + " forgotten on purpose";
  }
  out += "\n";
  if (verification.mended_indexes > 0) {
    out += format::counted(verification.mended_indexes, "pack") +
           ": a damaged index was written anew\n";
  }
  if (verification.damaged_indexes > 0) {
    out += format::counted(verification.damaged_indexes, "pack") +
           ": the index is damaged, what it lists was found by reading all of it\n";
  }
  for (const model::Damage& damage : verification.damaged) {
    out += damage_text(damage, names);
  }
  return out;
}

std::string render_reproduction(const model::Reproduction& reproduction, Style style)
{
  std::string tables = levels_table(reproduction).render(style);
  if (!reproduction.metrics.empty()) {
    tables += "\n" + folded(metrics_table(reproduction).render(style),
                            format::counted(reproduction.metrics.size(), "metric"),
                            style == Style::markdown &&
                                reproduction.metrics.size() > k_most_unfolded_metrics);
  }
  if (!reproduction.outputs.empty()) {
    tables += "\n" + outputs_table(reproduction).render(style);
  }
  const TextTable differences = environment_table(reproduction.environment);
  if (!differences.empty()) {
    tables += "\n" + differences.render(style);
  }
  if (style == Style::markdown) {
    return "### " + markdown_code(reproduction.run_name) + ": " + verdict_text(reproduction, style) +
           "\n\n" + reasons_text(reproduction, style) + "\n" + tables;
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
  const auto reproduced = std::count_if(
      reproductions.begin(), reproductions.end(), [](const model::Reproduction& reproduction) {
        return reproduction.verdict == model::Verdict::reproduced;
      });
  return table.render(style) + "\n" + std::to_string(reproduced) + " of " +
         format::counted(reproductions.size(), "run") + " reproduced\n";
}

}  // namespace mlrepro::cli
