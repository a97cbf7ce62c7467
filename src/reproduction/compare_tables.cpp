// SPDX-License-Identifier: Apache-2.0
#include "reproduction/compare_tables.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "mlrepro/format/number_text.hpp"
#include "mlrepro/format/table_reader.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/compare_rows.hpp"

namespace mlrepro::reproduction {
namespace {

using plan::Fields;

// Of the rows that are kept to be found by their key.
constexpr std::size_t k_max_kept_bytes = 512'000'000;

// One side: its header, if it has one, and then its rows.
class Table {
 public:
  Table(const format::ReadBytes& read, char separator) : reader_(read, separator)
  {
    has_row_ = reader_.next(row_);
    if (has_row_ && plan::is_header(row_)) {
      header_ = row_;
      has_row_ = reader_.next(row_);
    }
  }

  [[nodiscard]] const Fields& header() const { return header_; }
  // Null at the end; lasts until `advance`.
  [[nodiscard]] const Fields* row() const { return has_row_ ? &row_ : nullptr; }
  void advance() { has_row_ = reader_.next(row_); }

 private:
  format::TableReader reader_;
  Fields header_;
  Fields row_;
  bool has_row_ = false;
};

void compare_by_position(Table& recorded, Table& replayed, plan::RowComparison& comparison)
{
  for (std::uint64_t number = 1; recorded.row() != nullptr || replayed.row() != nullptr; ++number) {
    const std::string name = "row " + std::to_string(number);
    if (replayed.row() == nullptr) {
      comparison.count_missing(name);
    } else if (recorded.row() == nullptr) {
      comparison.count_added(name);
    } else {
      comparison.compare(name, *recorded.row(), *replayed.row());
    }
    if (recorded.row() != nullptr) {
      recorded.advance();
    }
    if (replayed.row() != nullptr) {
      replayed.advance();
    }
  }
}

[[noreturn]] void refuse(const std::string& why)
{
  throw model::Error(model::ErrorKind::usage, why);
}

class KeyedRows {
 public:
  KeyedRows(const model::RowRule& rule, const Table& table)
      : rule_(rule), columns_(plan::columns_of(table.header(), rule.key))
  {
  }

  // As a person reads it, which also tells two rows apart: "store=3, week=7".
  [[nodiscard]] std::string name_of(const Fields& row) const
  {
    std::string name;
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i] >= row.size()) {
        refuse("a row is too short to have its key");
      }
      name += (i == 0 ? "" : ", ") + rule_.key[i] + "=" + row[columns_[i]];
    }
    return name;
  }

  void keep(const Fields& row)
  {
    std::string name = name_of(row);
    for (const std::string& field : row) {
      kept_bytes_ += field.size() + sizeof field;
    }
    kept_bytes_ += name.size() + 64;
    if (kept_bytes_ > k_max_kept_bytes) {
      refuse("more than " + format::human_bytes(k_max_kept_bytes) +
             " of rows can't be matched by key: sort both files and leave the key out");
    }
    if (!rows_.emplace(name, Row{row, false}).second) {
      refuse("'" + name + "' stands twice in the record");
    }
  }

  // Null where there is none.
  const Fields* take(const std::string& name)
  {
    const auto found = rows_.find(name);
    if (found == rows_.end()) {
      return nullptr;
    }
    if (found->second.taken) {
      refuse("'" + name + "' stands twice in the replay");
    }
    found->second.taken = true;
    return &found->second.fields;
  }

  template <typename Visit>
  void for_each_left(Visit visit) const
  {
    for (const auto& [name, row] : rows_) {
      if (!row.taken) {
        visit(name);
      }
    }
  }

 private:
  struct Row {
    Fields fields;
    bool taken = false;
  };
  const model::RowRule& rule_;
  std::vector<std::size_t> columns_;
  std::unordered_map<std::string, Row> rows_;
  std::size_t kept_bytes_ = 0;
};

void compare_by_key(Table& recorded, Table& replayed, const model::RowRule& rule,
                    plan::RowComparison& comparison)
{
  KeyedRows kept(rule, recorded);
  const KeyedRows names(rule, replayed);
  for (; recorded.row() != nullptr; recorded.advance()) {
    kept.keep(*recorded.row());
  }
  for (; replayed.row() != nullptr; replayed.advance()) {
    const std::string name = names.name_of(*replayed.row());
    if (const Fields* row = kept.take(name)) {
      comparison.compare(name, *row, *replayed.row());
    } else {
      comparison.count_added(name);
    }
  }
  kept.for_each_left([&](const std::string& name) { comparison.count_missing(name); });
}

}  // namespace

model::RowsCheck compare_tables(const TablePair& tables, const model::RowRule& rule)
{
  Table recorded(tables.recorded, tables.separator);
  Table replayed(tables.replayed, tables.separator);
  plan::RowComparison comparison(recorded.header(), replayed.header(), rule.tolerance);
  if (rule.key.empty()) {
    compare_by_position(recorded, replayed, comparison);
  } else {
    compare_by_key(recorded, replayed, rule, comparison);
  }
  return comparison.result();
}

}  // namespace mlrepro::reproduction
