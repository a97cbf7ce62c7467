// SPDX-License-Identifier: Apache-2.0
#include "format/metrics_table.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "format/value_tree.hpp"
#include "mlrepro/format/number_text.hpp"

namespace mlrepro::format {
namespace {

class RowReader {
 public:
  RowReader(const std::string& file, std::string_view text, char separator, std::size_t line)
      : file_(file), text_(text), separator_(separator), line_(line)
  {
  }

  // Rows without any text are left out. Blanks around a field that has no quotes do not count.
  std::vector<TableRow> read()
  {
    std::vector<TableRow> rows;
    while (at_ < text_.size()) {
      TableRow row{{}, line_};
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

  // Of the file, where the next row would begin.
  [[nodiscard]] std::size_t line() const { return line_; }

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
  std::size_t line_;
};

bool is_map_header(const std::vector<std::string>& header)
{
  return header.size() == 2 &&
         (header[0] == "metric" || header[0] == "name" || header[0] == "key") &&
         header[1] == "value";
}

std::optional<std::int64_t> step_in(const TableRow& row, std::size_t column)
{
  const auto number = column < row.fields.size() ? parse_number(row.fields[column]) : std::nullopt;
  return number ? whole_number(*number) : std::nullopt;
}

}  // namespace

bool MetricsTable::is_table(std::string_view file_name)
{
  return file_name.ends_with(".csv") || file_name.ends_with(".tsv");
}

MetricsTable::MetricsTable(std::string file_name)
    : file_(std::move(file_name)), separator_(file_.ends_with(".tsv") ? '\t' : ',')
{
}

void MetricsTable::read(std::string_view text, MetricsFile& out)
{
  RowReader reader(file_, text, separator_, line_);
  std::vector<TableRow> rows = reader.read();
  const bool with_header = header_.empty() && !rows.empty();
  const auto& header = with_header ? rows.front().fields : header_;
  for (const TableRow& row : rows) {
    if (row.fields.size() > header.size() && !is_map_header(header)) {
      refuse_file(file_, "line " + std::to_string(row.line), "more fields than the header");
    }
  }
  line_ = reader.line();
  if (with_header) {
    take_header(rows.front());
    rows.erase(rows.begin());
  }
  choose_step_column(rows);
  for (const TableRow& row : rows) {
    if (is_map_) {
      add_map_row(row, out);
    } else {
      add_row(row, out);
    }
  }
}

void MetricsTable::end(MetricsFile& out)
{
  out.skipped.insert(out.skipped.end(), skipped_.begin(), skipped_.end());
  skipped_.clear();
}

void MetricsTable::take_header(const TableRow& row)
{
  // Some trainers write fractions of an epoch: those are a metric like the others. The index that
  // pandas writes has no name.
  constexpr std::array<std::string_view, 6> k_step_names = {"step", "epoch", "iteration",
                                                            "iter", "batch", ""};
  header_ = row.fields;
  is_map_ = is_map_header(header_);
  for (const std::string_view name : k_step_names) {
    const auto found = std::find(header_.begin(), header_.end(), name);
    if (found != header_.end()) {
      step_columns_.push_back(static_cast<std::size_t>(found - header_.begin()));
    }
  }
}

// The column that gives the step in each row.
void MetricsTable::choose_step_column(const std::vector<TableRow>& rows)
{
  std::erase_if(step_columns_, [&](std::size_t column) {
    return !std::all_of(rows.begin(), rows.end(),
                        [&](const TableRow& row) { return step_in(row, column).has_value(); });
  });
}

void MetricsTable::add_map_row(const TableRow& row, MetricsFile& out)
{
  const auto& fields = row.fields;
  const auto number = fields.size() > 1 ? parse_number(fields[1]) : std::nullopt;
  if (number) {
    out.metrics.push_back({fields[0], *number, std::nullopt, std::nullopt});
  } else {
    out.skipped.push_back(fields[0]);
  }
}

void MetricsTable::add_row(const TableRow& row, MetricsFile& out)
{
  // Behind the last column where none has the steps.
  const std::size_t steps = step_columns_.empty() ? header_.size() : step_columns_.front();
  const auto step = step_columns_.empty() ? row_ : step_in(row, steps);
  ++row_;
  for (std::size_t column = 0; column < row.fields.size(); ++column) {
    const std::string& field = row.fields[column];
    if (column == steps || header_[column].empty() || field.empty()) {
      continue;
    }
    if (const auto number = parse_number(field)) {
      out.metrics.push_back({header_[column], *number, step, std::nullopt});
    } else {
      skipped_.insert(header_[column]);
    }
  }
}

}  // namespace mlrepro::format
