// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/metrics_file.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "format/value_tree.hpp"
#include "mlrepro/format/event_lines.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::format {
namespace {

using Row = std::vector<std::string>;

[[noreturn]] void refuse(const std::string& file, const std::string& why)
{
  throw model::Error(model::ErrorKind::usage, "file '" + file + "', " + why);
}

void add_tree(const ValueTree& tree, const std::string& name, MetricsFile& out)
{
  const auto joined = [&](const std::string& key) { return name.empty() ? key : name + "." + key; };
  if (tree.kind == ValueTree::Kind::map) {
    for (const auto& [key, value] : tree.members) {
      add_tree(value, joined(key), out);
    }
    return;
  }
  if (tree.kind == ValueTree::Kind::list) {
    for (std::size_t i = 0; i < tree.items.size(); ++i) {
      const auto number = parse_number(tree.items[i].text);
      if (tree.items[i].kind != ValueTree::Kind::scalar || !number) {
        out.skipped.push_back(name);
        return;
      }
      out.metrics.push_back({name, *number, static_cast<std::int64_t>(i), std::nullopt});
    }
    return;
  }
  std::string_view text = tree.text;
  if (text.starts_with(".") || text.starts_with("-.")) {
    // YAML writes .nan, .inf and -.inf
    const std::string bare =
        (text[0] == '-' ? "-" : "") + std::string(text.substr(text.find('.') + 1));
    if (const auto special = parse_number(bare); special && *special - *special != 0) {
      out.metrics.push_back({name, *special, std::nullopt, std::nullopt});
      return;
    }
  }
  if (const auto number = parse_number(text)) {
    out.metrics.push_back({name, *number, std::nullopt, std::nullopt});
  } else {
    out.skipped.push_back(name);
  }
}

// Bare NaN and Infinity, as Python writes them, become text that parse_number knows.
std::string quote_special(std::string_view text)
{
  std::string out;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"' && (i == 0 || text[i - 1] != '\\')) {
      in_string = !in_string;
    }
    bool replaced = false;
    for (const std::string_view word : {"NaN", "-Infinity", "Infinity"}) {
      if (!in_string && text.substr(i).starts_with(word)) {
        out += '"' + std::string(word) + '"';
        i += word.size() - 1;
        replaced = true;
        break;
      }
    }
    if (!replaced) {
      out += text[i];
    }
  }
  return out;
}

// RFC 4180: quoted fields may hold separators, line ends and doubled quotes.
std::vector<Row> parse_rows(const std::string& file, std::string_view text, char separator)
{
  std::vector<Row> rows;
  Row row;
  std::string field;
  std::size_t i = 0;
  const auto end_row = [&] {
    row.push_back(std::move(field));
    field.clear();
    if (row.size() > 1 || !row[0].empty()) {
      rows.push_back(std::move(row));
    }
    row.clear();
  };
  while (i < text.size()) {
    const char c = text[i];
    if (c == '"' && field.empty()) {
      const std::size_t start = i++;
      while (i < text.size() && !(text[i] == '"' && (i + 1 >= text.size() || text[i + 1] != '"'))) {
        i += text[i] == '"' ? 1U : 0U;
        field += text[i++];
      }
      if (i >= text.size()) {
        refuse(file, position_text(text, start) + ": the quote is not closed");
      }
      ++i;
    } else if (c == separator) {
      row.push_back(std::move(field));
      field.clear();
      ++i;
    } else if (c == '\n' || c == '\r') {
      end_row();
      i += c == '\r' && text.substr(i).starts_with("\r\n") ? 2U : 1U;
    } else {
      field += c;
      ++i;
    }
  }
  if (!field.empty() || !row.empty()) {
    end_row();
  }
  return rows;
}

std::optional<std::size_t> step_column(const Row& header)
{
  constexpr std::array<std::string_view, 6> k_names = {"step", "epoch", "iteration",
                                                       "iter", "batch", ""};
  for (const std::string_view name : k_names) {
    const auto found = std::find(header.begin(), header.end(), name);
    if (found != header.end()) {
      return static_cast<std::size_t>(found - header.begin());
    }
  }
  return std::nullopt;
}

void add_map_rows(const std::vector<Row>& rows, MetricsFile& out)
{
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const auto number = rows[i].size() > 1 ? parse_number(rows[i][1]) : std::nullopt;
    if (number) {
      out.metrics.push_back({rows[i][0], *number, std::nullopt, std::nullopt});
    } else {
      out.skipped.push_back(rows[i][0]);
    }
  }
}

MetricsFile parse_table(const std::string& file, std::string_view text, char separator)
{
  const auto rows = parse_rows(file, text, separator);
  MetricsFile out;
  if (rows.empty()) {
    return out;
  }
  const Row& header = rows.front();
  const bool is_map = header.size() == 2 &&
                      (header[0] == "metric" || header[0] == "name" || header[0] == "key") &&
                      header[1] == "value";
  if (is_map) {
    add_map_rows(rows, out);
    return out;
  }
  const auto steps = step_column(header);
  std::set<std::string> skipped;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (rows[i].size() > header.size()) {
      refuse(file, "row " + std::to_string(i + 1) + ": more fields than the header");
    }
    auto step = static_cast<std::int64_t>(i - 1);
    if (steps && *steps < rows[i].size()) {
      const auto value = parse_number(rows[i][*steps]);
      step = value ? static_cast<std::int64_t>(*value) : step;
    }
    for (std::size_t column = 0; column < rows[i].size(); ++column) {
      if (column == steps || rows[i][column].empty()) {
        continue;
      }
      if (const auto number = parse_number(rows[i][column])) {
        out.metrics.push_back({header[column], *number, step, std::nullopt});
      } else {
        skipped.insert(header[column]);
      }
    }
  }
  out.skipped.assign(skipped.begin(), skipped.end());
  return out;
}

MetricsFile parse_lines(const std::string& file, std::string_view text)
{
  MetricsFile out;
  EventLines lines = parse_event_lines(text);
  if (!lines.bad.empty()) {
    refuse(file,
           "line " + std::to_string(lines.bad.front().line) + ": " + lines.bad.front().problem);
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
  if (file_name.ends_with(".csv") || file_name.ends_with(".tsv")) {
    out = parse_table(file_name, text, file_name.ends_with(".tsv") ? '\t' : ',');
  } else if (file_name.ends_with(".jsonl")) {
    out = parse_lines(file_name, text);
  } else {
    const std::string quoted =
        file_name.ends_with(".json") ? quote_special(text) : std::string(text);
    add_tree(parse_value_tree(file_name, quoted), "", out);
  }
  for (const model::MetricLogged& metric : out.metrics) {
    check_name("metric", metric.key);
  }
  return out;
}

}  // namespace mlrepro::format
