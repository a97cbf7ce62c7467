// SPDX-License-Identifier: Apache-2.0
#include "cli/render.hpp"
#include "mlrepro/format/number_text.hpp"

namespace mlrepro::cli {
namespace {

std::string value_text(const std::optional<double>& value)
{
  return value ? short_number(*value) : "(none)";
}

std::string percent_text(const std::optional<double>& relative)
{
  return relative ? short_number(*relative * 100) + "%" : "";
}

std::string changes_text(const model::WhatIf& answer)
{
  std::string text;
  for (const model::Change& change : answer.changes) {
    text += "  " + printable(change.what + ": " + change.from + " -> " + change.to) + "\n";
  }
  return text;
}

}  // namespace

// One table of all, so that the runs stand below each other.
std::string render_what_ifs(std::span<const model::WhatIf> answers, Style style)
{
  TextTable metrics(
      {"run", "metric", "recorded", "replayed", "difference", ""},
      {Align::left, Align::left, Align::right, Align::right, Align::right, Align::right});
  TextTable outputs({"run", "output", "recorded", "replayed", ""});
  std::string changes;
  std::string trouble;
  for (const model::WhatIf& answer : answers) {
    changes +=
        printable(answer.run_name) +
        (answer.replay_name.empty() ? "" : ", replayed as " + printable(answer.replay_name)) +
        "\n" + changes_text(answer);
    std::string name = answer.run_name;
    for (const model::MetricDiff& metric : answer.metrics) {
      metrics.add({std::exchange(name, ""),
                   metric.key,
                   value_text(metric.a),
                   value_text(metric.b),
                   {value_text(metric.delta), metric.same ? Tone::faint : Tone::strong},
                   percent_text(metric.relative)});
    }
    name = answer.run_name;
    for (const model::DataDiff& output : answer.outputs) {
      outputs.add({std::exchange(name, ""),
                   output.path,
                   short_id(output.a),
                   short_id(output.b),
                   {output.same ? "same" : "differs", output.same ? Tone::faint : Tone::strong}});
    }
    for (const std::string& reason : answer.reasons) {
      trouble +=
          paint(printable(answer.run_name) + ": " + std::string(model::to_string(answer.outcome)),
                Tone::bad, style) +
          ": " + printable(reason) + "\n";
    }
  }
  std::string out = changes;
  for (const TextTable* table : {&metrics, &outputs}) {
    out += table->empty() ? "" : "\n" + table->render(style);
  }
  return out + (trouble.empty() ? "" : "\n" + trouble);
}

}  // namespace mlrepro::cli
