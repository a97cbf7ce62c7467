// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>

#include "cli/render.hpp"

namespace mlrepro::cli {
namespace {

// A share of the difference below which nobody wants to read about it.
constexpr double k_least_share = 1e-9;

std::string signed_number(double value)
{
  return (value > 0 ? "+" : "") + short_number(value);
}

std::string share_text(const std::optional<double>& share)
{
  return share ? short_number(std::round(*share * 1000) / 10) + "%" : "";
}

bool matters(double value, const model::Explanation& explanation)
{
  return std::fabs(value) > k_least_share * std::fabs(explanation.difference);
}

std::string conclusion(const model::Explanation& explanation, Style style)
{
  if (explanation.difference == 0) {
    return "the two give the same here: what made them differ is in neither record\n";
  }
  const auto any_other = [&](auto&& holds) {
    return std::any_of(explanation.factors.begin() + 1, explanation.factors.end(),
                       [&](const model::FactorShare& share) {
                         return matters(share.contribution, explanation) && holds(share);
                       });
  };
  const model::FactorShare& first = explanation.factors.front();
  const std::string name = paint(std::string(model::to_string(first.factor)), Tone::strong, style);
  if (!any_other([](const model::FactorShare&) { return true; })) {
    return name + " did it\n";
  }
  // Shares of what is left when effects cancel out say nothing.
  if (any_other([&](const model::FactorShare& share) {
        return (share.contribution > 0) != (first.contribution > 0);
      })) {
    return name + " weighs most, and others work against it\n";
  }
  return name + " did most of it: " + share_text(first.share) + "\n";
}

}  // namespace

std::string render_explanation(const model::Explanation& explanation, Style style)
{
  const auto recorded = [](const std::optional<double>& value) {
    return value ? short_number(*value) : std::string("(none)");
  };
  std::string out = explanation.metric + ": " + recorded(explanation.recorded_a) + " in " +
                    printable(explanation.a_name) + ", " + recorded(explanation.recorded_b) +
                    " in " + printable(explanation.b_name) + "\n\n";
  TextTable factors({"factor", "contribution", "share"}, {Align::left, Align::right, Align::right});
  for (const model::FactorShare& share : explanation.factors) {
    factors.add({std::string(model::to_string(share.factor)), signed_number(share.contribution),
                 share_text(share.share)});
  }
  if (explanation.unexplained && matters(*explanation.unexplained, explanation)) {
    factors.add(
        {{"not in the records", Tone::warning}, signed_number(*explanation.unexplained), ""});
  }
  out += factors.render(style);
  TextTable pairs({"together", "beyond each alone"}, {Align::left, Align::right});
  for (const model::FactorPair& pair : explanation.interactions) {
    if (matters(pair.value, explanation)) {
      pairs.add({model::names_of(std::array{pair.first, pair.second}), signed_number(pair.value)});
    }
  }
  if (!pairs.empty()) {
    out += "\n" + pairs.render(style);
  }
  TextTable replays({"from " + explanation.b_name, explanation.metric, "replay"},
                    {Align::left, Align::right, Align::left});
  for (const model::MixtureReplay& replay : explanation.replays) {
    replays.add({model::names_of(replay.from_b), short_number(replay.value),
                 (replay.run ? replay.run->str().substr(0, 8) : "") +
                     std::string(replay.reused ? " (earlier)" : "")});
  }
  out += "\n" + replays.render(style) + "\n" + conclusion(explanation, style);
  if (explanation.stopped_early) {
    out += "the other mixtures were left out\n";
  }
  return out;
}

}  // namespace mlrepro::cli
