// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/metrics_file.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>

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

struct Row {
  std::vector<std::string> fields;
  std::size_t line = 1;  // of the file, where it begins
};

class RowReader {
 public:
  RowReader(const std::string& file, std::string_view text, char separator)
      : file_(file), text_(text), separator_(separator)
  {
  }

  // Rows without any text are left out. Blanks around a field that has no quotes do not count.
  std::vector<Row> read()
  {
    std::vector<Row> rows;
    while (at_ < text_.size()) {
      Row row{{}, line_};
      do {
        row.fields.push_back(at_quote() ? take_quoted() : take_bare());
      } while (take_separator());
      take_line_end();
      if (row.fields.size() > 1 || !row.fields[0].empty()) {
        rows.push_back(std::move(row));
      }
    }
    return rows;
  }

 private:
  bool at_quote()
  {
    const std::size_t first = text_.find_first_not_of(' ', at_);
    if (first == std::string_view::npos || text_[first] != '"') {
      return false;
    }
    at_ = first;
    return true;
  }

  // RFC 4180: it may hold separators, line ends and doubled quotes.
  std::string take_quoted()
  {
    const std::size_t start = at_++;
    std::string field;
    for (std::size_t quote = text_.find('"', at_); quote != std::string_view::npos;
         quote = text_.find('"', at_)) {
      field += text_.substr(at_, quote - at_);
      at_ = quote + 1;
      if (at_ < text_.size() && text_[at_] == '"') {
        field += '"';
        ++at_;
        continue;
      }
      line_ += static_cast<std::size_t>(
          std::count(text_.begin() + static_cast<std::ptrdiff_t>(start),
                     text_.begin() + static_cast<std::ptrdiff_t>(at_), '\n'));
      return field + take_bare();
    }
    refuse_file(file_, position_text(text_, start), "the quote is not closed");
  }

  std::string take_bare()
  {
    const std::size_t end = std::min(text_.find_first_of(ends_, at_), text_.size());
    std::string_view field = text_.substr(at_, end - at_);
    at_ = end;
    const std::size_t first = std::min(field.find_first_not_of(' '), field.size());
    field.remove_prefix(first);
    return std::string(field.substr(0, field.find_last_not_of(' ') + 1));
  }

  bool take_separator()
  {
    const bool found = at_ < text_.size() && text_[at_] == separator_;
    at_ += found ? 1 : 0;
    return found;
  }

  void take_line_end()
  {
    at_ += text_.substr(at_).starts_with("\r\n") ? 2 : 1;
    ++line_;
  }

  const std::string& file_;
  std::string_view text_;
  char separator_;
  std::string ends_ = std::string("\r\n") + separator_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

std::optional<std::int64_t> step_in(const Row& row, std::size_t column)
{
  const auto number = column < row.fields.size() ? parse_number(row.fields[column]) : std::nullopt;
  return number ? whole_number(*number) : std::nullopt;
}

// The column that gives the step in each row. Some trainers write fractions of an epoch: those are
// a metric like the others. The index that pandas writes has no name.
std::optional<std::size_t> step_column(const std::vector<Row>& rows)
{
  constexpr std::array<std::string_view, 6> k_names = {"step", "epoch", "iteration",
                                                       "iter", "batch", ""};
  const auto& header = rows.front().fields;
  for (const std::string_view name : k_names) {
    const auto found = std::find(header.begin(), header.end(), name);
    const auto column = static_cast<std::size_t>(found - header.begin());
    if (found != header.end() && std::all_of(rows.begin() + 1, rows.end(), [&](const Row& row) {
          return step_in(row, column).has_value();
        })) {
      return column;
    }
  }
  return std::nullopt;
}

void add_map_rows(const std::vector<Row>& rows, MetricsFile& out)
{
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const auto& fields = rows[i].fields;
    const auto number = fields.size() > 1 ? parse_number(fields[1]) : std::nullopt;
    if (number) {
      out.metrics.push_back({fields[0], *number, std::nullopt, std::nullopt});
    } else {
      out.skipped.push_back(fields[0]);
    }
  }
}

void add_series_rows(const std::string& file, const std::vector<Row>& rows, MetricsFile& out)
{
  const auto& header = rows.front().fields;
  const auto steps = step_column(rows);
  std::set<std::string> skipped;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const auto& fields = rows[i].fields;
    if (fields.size() > header.size()) {
      refuse_file(file, "line " + std::to_string(rows[i].line), "more fields than the header");
    }
    const auto step = steps ? step_in(rows[i], *steps) : static_cast<std::int64_t>(i - 1);
    for (std::size_t column = 0; column < fields.size(); ++column) {
      if (column == steps || header[column].empty() || fields[column].empty()) {
        continue;
      }
      if (const auto number = parse_number(fields[column])) {
        out.metrics.push_back({header[column], *number, step, std::nullopt});
      } else {
        skipped.insert(header[column]);
      }
    }
  }
  out.skipped.assign(skipped.begin(), skipped.end());
}

MetricsFile parse_table(const std::string& file, std::string_view text, char separator)
{
  const auto rows = RowReader(file, without_byte_order_mark(text), separator).read();
  MetricsFile out;
  if (rows.empty()) {
    return out;
  }
  const auto& header = rows.front().fields;
  const bool is_map = header.size() == 2 &&
                      (header[0] == "metric" || header[0] == "name" || header[0] == "key") &&
                      header[1] == "value";
  if (is_map) {
    add_map_rows(rows, out);
  } else {
    add_series_rows(file, rows, out);
  }
  return out;
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
  if (file_name.ends_with(".csv") || file_name.ends_with(".tsv")) {
    out = parse_table(file_name, text, file_name.ends_with(".tsv") ? '\t' : ',');
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
