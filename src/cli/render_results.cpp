// SPDX-License-Identifier: Apache-2.0
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

}  // namespace

std::string render_verification(const model::Verification& verification,
                                const std::map<model::RunId, std::string>& names, Style style)
{
  std::string out =
      std::to_string(verification.checked) +
      (verification.checked == 1 ? " object, " : " objects, ") +
      format::human_bytes(verification.bytes) + " checked: " +
      (verification.damaged.empty()
           ? paint("all sound", Tone::good, style)
           : paint(std::to_string(verification.damaged.size()) + " damaged", Tone::bad, style)) +
      "\n";
  for (const model::Damage& damage : verification.damaged) {
    out += "\nobject " + damage.object.hex() + "\n  " + printable(damage.problem) + "\n";
    for (const std::string& path : damage.paths) {
      out += "  path      " + printable(path) + "\n";
    }
    for (const model::Digest& snapshot : damage.snapshots) {
      out += "  snapshot  " + short_id(snapshot) + "\n";
    }
    for (const model::RunId& run : damage.runs) {
      const auto name = names.find(run);
      out +=
          "  run       " +
          (name == names.end() ? run.str() : name->second + " (" + run.str().substr(0, 8) + ")") +
          "\n";
    }
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
