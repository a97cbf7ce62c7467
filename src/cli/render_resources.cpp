// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <string_view>

#include "cli/render.hpp"
#include "mlrepro/format/number_text.hpp"

namespace mlrepro::cli {
namespace {

constexpr std::string_view k_prefix = "system/";

// What only grows is told by its last value, all else by its greatest.
struct Measure {
  std::string_view key;
  std::string_view before;
  std::string_view behind;
  bool grows = false;
};
constexpr std::array k_measures = {
    Measure{"cpu_percent", "cpu up to ", ""},
    Measure{"memory_bytes", "memory up to ", ""},
    Measure{"processes", "up to ", " processes"},
    Measure{"threads", "up to ", " threads"},
    Measure{"disk_read_bytes", "disk ", " read", true},
    Measure{"disk_written_bytes", "disk ", " written", true},
    Measure{"network_received_bytes", "network ", " received", true},
    Measure{"network_sent_bytes", "network ", " sent", true},
};

// Takes the unit off a name.
std::string value_text(std::string_view& name, double value)
{
  const auto take = [&](std::string_view unit) {
    const bool has = name.ends_with(unit);
    name.remove_suffix(has ? unit.size() : 0);
    return has;
  };
  if (take("_bytes")) {
    const bool is_size = value >= 0 && value < 1e18;
    return is_size ? format::human_bytes(static_cast<std::uint64_t>(value)) : short_number(value);
  }
  if (take("_percent")) {
    return short_number(value) + " %";
  }
  return short_number(value) + (take("_watts") ? " W" : "");
}

std::string words_of(std::string_view name)
{
  std::string words(name);
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

}  // namespace

std::string resources_text(const std::map<std::string, model::MetricSummary>& metrics)
{
  std::string text;
  std::int64_t samples = 0;
  std::set<std::string_view> told;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  for (const Measure& measure : k_measures) {
    const auto found = metrics.find(std::string(k_prefix).append(measure.key));
    if (found == metrics.end()) {
      continue;
    }
    const model::MetricSummary& summary = found->second;
    std::string_view name = measure.key;
    add(std::string(measure.before) +
        value_text(name, measure.grows ? summary.last : summary.max.value_or(summary.last)) +
        std::string(measure.behind));
    samples = std::max(samples, summary.count);
    told.insert(found->first);
  }
  for (auto item = metrics.lower_bound(std::string(k_prefix));
       item != metrics.end() && item->first.starts_with(k_prefix); ++item) {
    if (told.contains(item->first)) {
      continue;
    }
    std::string_view name = std::string_view(item->first).substr(k_prefix.size());
    const std::string value = value_text(name, item->second.max.value_or(item->second.last));
    add(words_of(name) + " up to " + value);
    samples = std::max(samples, item->second.count);
  }
  return text.empty()
             ? text
             : format::counted(static_cast<std::uint64_t>(samples), "sample") + ": " + text;
}

}  // namespace mlrepro::cli
