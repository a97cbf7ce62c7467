// SPDX-License-Identifier: Apache-2.0
#include "format/json_values.hpp"
#include "mlrepro/format/documents.hpp"

namespace mlrepro::format {
namespace {

Json rebuilt_value(const model::RebuiltEnvironment& rebuilt)
{
  return {{"folder", text_value(rebuilt.folder)},
          {"tool", text_value(rebuilt.tool)},
          {"reused", rebuilt.reused},
          {"gaps", list_value(rebuilt.gaps, text_value)}};
}

Json environment_report_value(const model::EnvironmentReport& report)
{
  return {{"policy", model::to_string(report.policy)},
          {"differences", list_value(report.differences,
                                     [](const model::EnvironmentDifference& difference) -> Json {
                                       return {
                                           {"item", text_value(difference.item)},
                                           {"recorded", or_null(difference.recorded, text_value)},
                                           {"replayed", or_null(difference.replayed, text_value)},
                                           {"impact", model::to_string(difference.impact)}};
                                     })},
          {"rebuilt", or_null(report.rebuilt, rebuilt_value)}};
}

Json spread_value(const model::Spread& spread)
{
  return {{"count", spread.count},
          {"mean", number_value(spread.mean)},
          {"sd", number_value(spread.deviation)},
          {"min", number_value(spread.min)},
          {"max", number_value(spread.max)},
          {"identical", spread.identical}};
}

Json noise_value(const model::Noise& noise)
{
  return {{"recorded", spread_value(noise.recorded)},
          {"replayed", spread_value(noise.replayed)},
          {"interval", or_null(noise.interval, number_value)}};
}

Json metric_value(const model::MetricCheck& check)
{
  return {{"key", text_value(check.key)},
          {"recorded", or_null(check.recorded, number_value)},
          {"replayed", or_null(check.replayed, number_value)},
          {"abs", or_null(check.absolute, number_value)},
          {"rel", or_null(check.relative, number_value)},
          {"tolerance",
           {{"abs", number_value(check.tolerance.absolute)},
            {"rel", number_value(check.tolerance.relative)}}},
          {"status", model::to_string(check.status)},
          {"reason", text_or_null(check.reason)},
          {"rule", text_or_null(check.rule.metric)},
          {"direction", model::to_string(check.rule.direction)},
          {"min", or_null(check.rule.min, number_value)},
          {"max", or_null(check.rule.max, number_value)},
          {"required", check.rule.required},
          {"noise", or_null(check.noise, noise_value)}};
}

Json farthest_value(const model::CellDifference& cell)
{
  return {{"row", text_value(cell.row)},
          {"column", text_value(cell.column)},
          {"recorded", text_value(cell.recorded)},
          {"replayed", text_value(cell.replayed)}};
}

Json rows_value(const model::RowsCheck& rows)
{
  return {{"recorded", rows.recorded},
          {"replayed", rows.replayed},
          {"differing", rows.differing},
          {"missing", rows.missing},
          {"added", rows.added},
          {"max_abs", or_null(rows.max_absolute, number_value)},
          {"max_rel", or_null(rows.max_relative, number_value)},
          {"farthest", rows.max_absolute ? farthest_value(rows.farthest) : Json(nullptr)},
          {"first", list_value(rows.first, farthest_value)}};
}

Json output_value(const model::OutputCheck& check)
{
  return {{"path", text_value(check.path)},
          {"recorded", or_null(check.recorded, id_value)},
          {"replayed", or_null(check.replayed, id_value)},
          {"status", model::to_string(check.status)},
          {"normalised", list_value(check.ignored, text_value)},
          {"reasons", list_value(check.reasons, text_value)},
          {"files", list_value(check.files,
                               [](const model::FileCheck& file) -> Json {
                                 return {{"path", text_value(file.path)},
                                         {"status", model::to_string(file.status)},
                                         {"normalised", list_value(file.ignored, text_value)},
                                         {"reasons", list_value(file.reasons, text_value)},
                                         {"rows", or_null(file.rows, rows_value)}};
                               })},
          {"files_not_the_same", check.files_not_the_same},
          {"ruled", check.ruled}};
}

Json isolation_value(const model::Isolation& isolation)
{
  return {{"no_network", isolation.no_network},
          {"traced", isolation.traced},
          {"beyond",
           {{"read", list_value(isolation.read, text_value)},
            {"connected", list_value(isolation.connected, text_value)}}}};
}

Json reproduction_value(const model::Reproduction& reproduction)
{
  return {{"schema", "mlrepro.reproduction/1"},
          {"run", reproduction.run.str()},
          {"run_name", text_value(reproduction.run_name)},
          {"replay", reproduction.replay ? Json(reproduction.replay->str()) : Json(nullptr)},
          {"replays",
           list_value(reproduction.replays,
                      [](const model::ReplayedRun& replay) { return Json(replay.id.str()); })},
          {"replay_names",
           list_value(reproduction.replays,
                      [](const model::ReplayedRun& replay) { return text_value(replay.name); })},
          {"repeats", reproduction.repeats},
          {"gate", reproduction.gate == model::Gate::yes},
          {"timed_out", reproduction.timed_out},
          {"verdict", model::to_string(reproduction.verdict)},
          {"deterministic", or_null(reproduction.deterministic, [](bool is) { return Json(is); })},
          {"causes", list_value(reproduction.causes, text_value)},
          {"reasons", list_value(reproduction.reasons, text_value)},
          {"levels", list_value(reproduction.levels,
                                [](const model::LevelCheck& check) -> Json {
                                  return {{"level", static_cast<int>(check.level)},
                                          {"name", model::to_string(check.level)},
                                          {"status", model::to_string(check.status)},
                                          {"reasons", list_value(check.reasons, text_value)}};
                                })},
          {"metrics", list_value(reproduction.metrics, metric_value)},
          {"outputs", list_value(reproduction.outputs, output_value)},
          {"environment", environment_report_value(reproduction.environment)},
          {"isolation", isolation_value(reproduction.isolation)},
          {"proven", static_cast<int>(reproduction.proven)},
          {"duration_s", number_value(reproduction.duration_s)}};
}

Json what_if_value(const model::WhatIf& answer)
{
  return {{"run", answer.run.str()},
          {"run_name", text_value(answer.run_name)},
          {"replay", answer.replay ? Json(answer.replay->str()) : Json(nullptr)},
          {"replay_name", text_or_null(answer.replay_name)},
          {"outcome", model::to_string(answer.outcome)},
          {"reasons", list_value(answer.reasons, text_value)},
          {"changes", list_value(answer.changes,
                                 [](const model::Change& change) -> Json {
                                   return {{"what", text_value(change.what)},
                                           {"from", text_value(change.from)},
                                           {"to", text_value(change.to)}};
                                 })},
          {"metrics", list_value(answer.metrics,
                                 [](const model::MetricDiff& metric) -> Json {
                                   return {{"key", text_value(metric.key)},
                                           {"recorded", or_null(metric.a, number_value)},
                                           {"replayed", or_null(metric.b, number_value)},
                                           {"delta", or_null(metric.delta, number_value)},
                                           {"relative", or_null(metric.relative, number_value)},
                                           {"same", metric.same}};
                                 })},
          {"outputs", list_value(answer.outputs,
                                 [](const model::DataDiff& output) -> Json {
                                   return {{"path", text_value(output.path)},
                                           {"recorded", or_null(output.a, id_value)},
                                           {"replayed", or_null(output.b, id_value)},
                                           {"same", output.same}};
                                 })},
          {"duration_s", number_value(answer.duration_s)}};
}

Json factors_value(const std::vector<model::Factor>& factors)
{
  return list_value(factors, [](model::Factor factor) -> Json { return model::to_string(factor); });
}

}  // namespace

std::string to_json(const model::Reproduction& reproduction)
{
  return document_text(reproduction_value(reproduction));
}

std::string reproductions_to_json(std::span<const model::Reproduction> reproductions)
{
  return document_text({{"schema", "mlrepro.reproductions/1"},
                        {"worst", model::to_string(model::worst_verdict(reproductions))},
                        {"reproductions", list_value(reproductions, reproduction_value)}});
}

std::string what_ifs_to_json(std::span<const model::WhatIf> answers)
{
  return document_text(
      {{"schema", "mlrepro.whatif/1"}, {"runs", list_value(answers, what_if_value)}});
}

std::string to_json(const model::Explanation& explanation)
{
  return document_text(
      {{"schema", "mlrepro.explanation/1"},
       {"a", explanation.a.str()},
       {"b", explanation.b.str()},
       {"metric", text_value(explanation.metric)},
       {"recorded_a", or_null(explanation.recorded_a, number_value)},
       {"recorded_b", or_null(explanation.recorded_b, number_value)},
       {"difference", number_value(explanation.difference)},
       {"unexplained", or_null(explanation.unexplained, number_value)},
       {"factors", list_value(explanation.factors,
                              [](const model::FactorShare& share) -> Json {
                                return {{"factor", model::to_string(share.factor)},
                                        {"contribution", number_value(share.contribution)},
                                        {"share", or_null(share.share, number_value)}};
                              })},
       {"interactions", list_value(explanation.interactions,
                                   [](const model::FactorPair& pair) -> Json {
                                     return {{"factors", factors_value({pair.first, pair.second})},
                                             {"value", number_value(pair.value)}};
                                   })},
       {"replays", list_value(explanation.replays,
                              [](const model::MixtureReplay& replay) -> Json {
                                return {
                                    {"from_b", factors_value(replay.from_b)},
                                    {"run", replay.run ? Json(replay.run->str()) : Json(nullptr)},
                                    {"value", number_value(replay.value)},
                                    {"reused", replay.reused}};
                              })},
       {"stopped_early", explanation.stopped_early},
       {"duration_s", number_value(explanation.duration_s)}});
}

}  // namespace mlrepro::format
