// SPDX-License-Identifier: Apache-2.0
#include "cli/table_output.hpp"

#include <unistd.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "cli/commands.hpp"
#include "cli/fitted_columns.hpp"
#include "cli/terminal.hpp"
#include "mlrepro/format/csv_text.hpp"
#include "mlrepro/format/json_text.hpp"
#include "mlrepro/format/number_text.hpp"

namespace mlrepro::cli {
namespace {

using ports::TableColumn;
using ports::TableValue;
using Json = nlohmann::ordered_json;

// Printed when there is so much of it.
constexpr std::size_t k_piece_bytes = 64UL * 1024;
// Of a table for people, in columns of a terminal.
constexpr std::size_t k_widest_cell = 200;

struct AsText {
  std::string operator()(std::monostate) const { return ""; }
  std::string operator()(bool value) const { return value ? "true" : "false"; }
  std::string operator()(std::int64_t value) const { return std::to_string(value); }
  std::string operator()(double value) const { return format::to_text(value); }
  std::string operator()(const std::string& value) const { return value; }
};

struct AsJson {
  Json operator()(std::monostate) const { return nullptr; }
  Json operator()(bool value) const { return value; }
  Json operator()(std::int64_t value) const { return value; }
  Json operator()(double value) const
  {
    return value - value == 0 ? Json(value) : Json(format::to_text(value));
  }
  Json operator()(const std::string& value) const { return format::json_text(value); }
};

class Output {
 public:
  Output() = default;
  virtual ~Output() = default;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  virtual std::string head(const std::vector<TableColumn>& columns) = 0;
  virtual std::string row(const std::vector<TableValue>& row) = 0;
  virtual std::string tail(bool more) = 0;
  // Whether a value is not there as a whole; known behind the tail.
  [[nodiscard]] virtual bool is_cut() const { return false; }
};

class CsvOutput final : public Output {
 public:
  std::string head(const std::vector<TableColumn>& columns) override
  {
    std::string line;
    for (const TableColumn& column : columns) {
      line += (line.empty() ? "" : ",") + field(column.name);
    }
    return line + "\n";
  }
  std::string row(const std::vector<TableValue>& row) override
  {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += i == 0 ? "" : ",";
      line += row[i].index() == 0 ? "" : field(std::visit(AsText(), row[i]));
    }
    return line + "\n";
  }
  std::string tail(bool) override { return ""; }

 private:
  static std::string field(const std::string& text)
  {
    return text.empty() ? "\"\"" : format::csv_field(text);
  }
};

class JsonOutput final : public Output {
 public:
  std::string head(const std::vector<TableColumn>& columns) override
  {
    std::string text = "{\n  \"schema\": \"mlrepro.table/1\",\n  \"columns\": [";
    for (std::size_t i = 0; i < columns.size(); ++i) {
      text += (i == 0 ? "" : ", ") + Json({{"name", format::json_text(columns[i].name)},
                                           {"type", format::json_text(columns[i].type)}})
                                         .dump();
    }
    return text + "],\n  \"rows\": [";
  }
  std::string row(const std::vector<TableValue>& row) override
  {
    Json list = Json::array();
    for (const TableValue& value : row) {
      list.push_back(std::visit(AsJson(), value));
    }
    return std::exchange(separator_, ",\n    ") + list.dump();
  }
  std::string tail(bool more) override
  {
    return std::string(separator_ == k_first ? "" : "\n  ") +
           "],\n  \"truncated\": " + (more ? "true" : "false") + "\n}\n";
  }

 private:
  static constexpr const char* k_first = "\n    ";
  std::string separator_ = k_first;
};

// As wide as its content, so that nothing of it can be printed before all of it is there; on a
// terminal as wide as that at most, where its columns can be made to fit.
class TextOutput final : public Output {
 public:
  explicit TextOutput(Style style) : style_(style) {}

  std::string head(const std::vector<TableColumn>& columns) override
  {
    std::vector<Cell> types;
    for (const TableColumn& column : columns) {
      names_.push_back(whole_or_cut(column.name));
      align_.push_back(is_number(column.type) ? Align::right : Align::left);
      types.emplace_back(whole_or_cut(column.type), Tone::faint);
    }
    rows_.push_back(std::move(types));
    return "";
  }
  std::string row(const std::vector<TableValue>& row) override
  {
    std::vector<Cell> cells;
    cells.reserve(row.size());
    for (const TableValue& value : row) {
      cells.push_back(value.index() == 0 ? Cell("null", Tone::faint)
                                         : Cell(whole_or_cut(std::visit(AsText(), value))));
    }
    rows_.push_back(std::move(cells));
    return "";
  }
  std::string tail(bool) override
  {
    if (::isatty(STDOUT_FILENO) != 0) {
      fit(terminal_width(STDOUT_FILENO));
    }
    TextTable table(std::move(names_), std::move(align_));
    for (std::vector<Cell>& row : rows_) {
      table.add(std::move(row));
    }
    return table.render(style_);
  }
  [[nodiscard]] bool is_cut() const override { return cut_; }

 private:
  static bool is_number(const std::string& type)
  {
    return type.ends_with("INT") || type == "INTEGER" || type == "UINTEGER" || type == "DOUBLE" ||
           type == "FLOAT" || type.starts_with("DECIMAL");
  }

  std::string whole_or_cut(const std::string& text, std::size_t width = k_widest_cell)
  {
    std::string shown = cut_to_width(text, width);
    cut_ = cut_ || (shown.ends_with("…") && !text.ends_with("…"));
    return shown;
  }

  void fit(std::size_t room)
  {
    std::vector<std::size_t> widths;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      widths.push_back(display_width(names_[i]));
      for (const std::vector<Cell>& row : rows_) {
        widths[i] = std::max(widths[i], display_width(row[i].text));
      }
    }
    widths = fit_columns(widths, room);
    for (std::size_t i = 0; i < names_.size(); ++i) {
      names_[i] = whole_or_cut(names_[i], widths[i]);
      for (std::vector<Cell>& row : rows_) {
        row[i].text = whole_or_cut(row[i].text, widths[i]);
      }
    }
  }

  Style style_;
  std::vector<std::string> names_;
  std::vector<Align> align_;
  std::vector<std::vector<Cell>> rows_;
  bool cut_ = false;
};

std::unique_ptr<Output> make_output(TableForm form, Style style)
{
  switch (form) {
    case TableForm::csv:
      return std::make_unique<CsvOutput>();
    case TableForm::json:
      return std::make_unique<JsonOutput>();
    case TableForm::text:
      break;
  }
  return std::make_unique<TextOutput>(style);
}

}  // namespace

Printed print_rows(ports::TableRows& rows, TableForm form,
                   const std::optional<std::uint64_t>& limit, Style style)
{
  const std::unique_ptr<Output> output = make_output(form, style);
  std::string text = output->head(rows.columns());
  std::vector<TableValue> row;
  std::uint64_t count = 0;
  bool more = false;
  while (rows.next(row)) {
    if (limit && count == *limit) {
      more = true;
      break;
    }
    ++count;
    text += output->row(row);
    if (text.size() >= k_piece_bytes) {
      print(text);
      text.clear();
    }
  }
  print(text + output->tail(more));
  return {more, output->is_cut()};
}

}  // namespace mlrepro::cli
