// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/metrics_file.hpp"

#include <iterator>

#include "format/metrics_table.hpp"
#include "format/value_tree.hpp"
#include "mlrepro/format/event_lines.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::format {
namespace {

void add_list(const std::vector<ValueTree>& items, const std::string& name, MetricsFile& out)
{
  std::vector<model::MetricLogged> series;
  for (const ValueTree& item : items) {
    const auto number = parse_number(item.text);
    if (item.kind != ValueTree::Kind::scalar || !number) {
      out.skipped.push_back(name);
      return;
    }
    series.push_back({name, *number, static_cast<std::int64_t>(series.size()), std::nullopt});
  }
  std::move(series.begin(), series.end(), std::back_inserter(out.metrics));
}

void add_tree(const ValueTree& tree, const std::string& name, MetricsFile& out)
{
  if (tree.kind == ValueTree::Kind::map) {
    for (const auto& [key, value] : tree.members) {
      add_tree(value, joined_key(name, key), out);
    }
  } else if (tree.kind == ValueTree::Kind::list) {
    add_list(tree.items, name, out);
  } else if (const auto number = parse_number(tree.text)) {
    out.metrics.push_back({name, *number, std::nullopt, std::nullopt});
  } else {
    out.skipped.push_back(name);
  }
}

MetricsFile parse_lines(const std::string& file, std::string_view text)
{
  MetricsFile out;
  EventLines lines = parse_event_lines(without_byte_order_mark(text));
  if (!lines.bad.empty()) {
    refuse_file(file, "line " + std::to_string(lines.bad.front().line), lines.bad.front().problem);
  }
  for (model::RunEvent& event : lines.events) {
    if (auto* metric = std::get_if<model::MetricLogged>(&event)) {
      out.metrics.push_back(std::move(*metric));
    }
  }
  return out;
}

}  // namespace

MetricsFile parse_metrics(const std::string& file_name, std::string_view text)
{
  MetricsFile out;
  if (MetricsTable::is_table(file_name)) {
    MetricsTable table(file_name);
    table.read(without_byte_order_mark(text), out);
    table.end(out);
  } else if (file_name.ends_with(".jsonl")) {
    out = parse_lines(file_name, text);
  } else {
    add_tree(parse_map_tree(file_name, text), "", out);
  }
  for (const model::MetricLogged& metric : out.metrics) {
    try {
      check_name("metric", metric.key);
    } catch (const model::Error& error) {
      refuse_file(file_name, "", error.message());
    }
  }
  return out;
}

}  // namespace mlrepro::format
