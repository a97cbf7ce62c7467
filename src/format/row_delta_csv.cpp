// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "mlrepro/format/csv_text.hpp"
#include "mlrepro/format/row_diff_document.hpp"

namespace mlrepro::format {
namespace {

std::string field(const model::CellText& cell)
{
  return !cell ? "" : cell->empty() ? "\"\"" : csv_field(*cell);
}

// "change,KEY…," as a line begins.
std::string front(const char* change, const std::vector<model::CellText>& key)
{
  std::string text = change;
  for (const model::CellText& cell : key) {
    text += "," + field(cell);
  }
  return text + ",";
}

}  // namespace

RowDeltaCsv::RowDeltaCsv(const model::RowDiff& diff) : key_(diff.key)
{
  const auto add = [&](const std::vector<std::string>& names, std::vector<Column>& columns) {
    for (const std::string& name : names) {
      Column column;
      column.name = name;
      column.is_key = std::find(key_.begin(), key_.end(), name) != key_.end();
      const auto known = std::find(columns_.begin(), columns_.end(), name);
      column.place = static_cast<std::size_t>(known - columns_.begin());
      if (known == columns_.end()) {
        columns_.push_back(name);
      }
      columns.push_back(column);
    }
  };
  add(diff.columns_a, columns_a_);
  add(diff.columns_b, columns_b_);
}

std::string RowDeltaCsv::header() const
{
  if (key_.empty()) {
    std::string line = "change,rows";
    for (const std::string& name : columns_) {
      line += "," + csv_field(name);
    }
    return line + "\n";
  }
  std::string line = "change";
  for (const std::string& name : key_) {
    const bool taken = name == "change" || name == "column" || name == "old" || name == "new";
    line += "," + csv_field(taken ? "key." + name : name);
  }
  return line + ",column,old,new\n";
}

std::string RowDeltaCsv::changed(const model::ChangedRow& row) const
{
  const std::string begin = front("changed", row.key);
  std::string lines;
  for (const model::CellChange& cell : row.cells) {
    lines += begin + csv_field(cell.column) + "," + field(cell.a) + "," + field(cell.b) + "\n";
  }
  return lines;
}

std::string RowDeltaCsv::whole_row(const model::RowOfOne& row, Side side) const
{
  std::vector<std::string> fields(columns_.size());
  const std::vector<Column>& columns = side == Side::a ? columns_a_ : columns_b_;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    fields[columns[i].place] = field(row.cells[i]);
  }
  std::string line = (side == Side::a ? "removed," : "added,") + std::to_string(row.times);
  for (const std::string& text : fields) {
    line += "," + text;
  }
  return line + "\n";
}

std::string RowDeltaCsv::of_one(const model::RowOfOne& row, Side side) const
{
  if (key_.empty()) {
    return whole_row(row, side);
  }
  const std::string begin = front(side == Side::a ? "removed" : "added", row.key);
  const std::vector<Column>& columns = side == Side::a ? columns_a_ : columns_b_;
  std::string lines;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (!columns[i].is_key) {
      const std::string value = field(row.cells[i]);
      lines += begin + csv_field(columns[i].name) + "," +
               (side == Side::a ? value + "," : "," + value) + "\n";
    }
  }
  return lines.empty() ? begin + ",,\n" : lines;
}

std::string RowDeltaCsv::removed(const model::RowOfOne& row) const
{
  return of_one(row, Side::a);
}

std::string RowDeltaCsv::added(const model::RowOfOne& row) const
{
  return of_one(row, Side::b);
}

std::string RowDeltaCsv::duplicate(const model::DuplicateKey& key) const
{
  return front("duplicate", key.key) + "," + std::to_string(key.rows_a) + "," +
         std::to_string(key.rows_b) + "\n";
}

}  // namespace mlrepro::format
