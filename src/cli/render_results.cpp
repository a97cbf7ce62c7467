// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "cli/render.hpp"
#include "mlrepro/format/number_text.hpp"

namespace mlrepro::cli {
namespace {

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

TextTable levels_table(const model::Reproduction& reproduction)
{
  TextTable levels({"level", "", "status", "why"});
  for (const model::LevelCheck& check : reproduction.levels) {
    levels.add({std::to_string(static_cast<int>(check.level)),
                std::string(model::to_string(check.level)), status_cell(check.status),
                check.reasons.empty() ? "" : check.reasons.front()});
    for (std::size_t i = 1; i < check.reasons.size(); ++i) {
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
  std::string out = levels_table(reproduction).render(style);
  if (!reproduction.metrics.empty()) {
    out += "\n" + metrics_table(reproduction).render(style);
  }
  if (!reproduction.outputs.empty()) {
    out += "\n" + outputs_table(reproduction).render(style);
  }
  out += "\nverdict: " + paint(std::string(model::to_string(reproduction.verdict)),
                               tone_of(reproduction.verdict), style);
  if (reproduction.verdict == model::Verdict::reproduced) {
    out += ", proven to level " + std::to_string(static_cast<int>(reproduction.proven)) + " of 5";
  }
  out += "\n";
  for (const std::string& reason : reproduction.reasons) {
    out += "  " + printable(reason) + "\n";
  }
  if (!reproduction.replay_name.empty()) {
    out += "  the replay is recorded as " + printable(reproduction.replay_name) + "\n";
  }
  return out;
}

}  // namespace mlrepro::cli
