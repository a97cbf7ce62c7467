// SPDX-License-Identifier: Apache-2.0
#include "analysis/staged_rows.hpp"

#include <algorithm>
#include <cstddef>

#include "mlrepro/model/error.hpp"
#include "mlrepro/model/hex.hpp"

namespace mlrepro::analysis {
namespace {

using model::Error;
using model::ErrorKind;
using ports::CellKind;

constexpr const char* k_table = "mlrepro_rows";
constexpr std::size_t k_shown_value = 40;  // characters of a value in a message

std::string staged_name(std::size_t column)
{
  return "c" + std::to_string(column);
}

Error unfit(const std::string& column, const std::string& type, const std::string& value)
{
  return {ErrorKind::usage,
          "column '" + column + "': no " + type + " holds its value '" +
              value.substr(0, k_shown_value) + "'",
          "let the query convert it, to text for instance: CAST(… AS TEXT)"};
}

std::string hex_of(const std::string& bytes)
{
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char byte : bytes) {
    model::append_hex(text, static_cast<std::uint8_t>(byte));
  }
  return text;
}

}  // namespace

StagedRows::StagedRows(ports::TableSession& session, ports::SourceRows& rows)
    : session_(session), source_(rows.columns())
{
  std::string definition;
  for (std::size_t i = 0; i < source_.size(); ++i) {
    columns_.emplace_back(source_[i].stored_as, source_[i].type);
    definition += (i == 0 ? "" : ", ") + staged_name(i) + " VARCHAR";
  }
  session.execute(std::string("CREATE TABLE ") + k_table + " (" + definition + ")");
  const auto appender = session.append(k_table);
  std::vector<ports::SourceCell> row;
  std::vector<ports::TableValue> staged(source_.size());
  while (rows.next(row)) {
    append(row, staged);
    appender->add(staged);
    ++count_;
  }
  appender->finish();
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].is_mixed()) {
      throw Error(ErrorKind::usage, "column '" + source_[i].name + "': has bytes and other values",
                  "let the query make one kind of them: hex(…), CAST(… AS TEXT)");
    }
  }
}

void StagedRows::append(const std::vector<ports::SourceCell>& row,
                        std::vector<ports::TableValue>& staged)
{
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const ports::SourceCell& cell = row[i];
    switch (cell.kind) {
      case CellKind::nothing:
        staged[i] = std::monostate{};
        continue;
      case CellKind::whole:
        columns_[i].see_whole(cell.text);
        break;
      case CellKind::real:
        columns_[i].see_real();
        break;
      case CellKind::text:
        if (!columns_[i].holds(cell.text)) {
          throw unfit(source_[i].name, columns_[i].type(), cell.text);
        }
        columns_[i].see_text(cell.text);
        break;
      case CellKind::bytes:
        columns_[i].see_bytes();
        staged[i] = hex_of(cell.text);
        continue;
    }
    staged[i] = cell.text;
  }
}

std::string StagedRows::select(const std::vector<plan::SortTerm>& order) const
{
  std::string list;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    list += (i == 0 ? "" : ", ") + columns_[i].expression(staged_name(i)) + " AS " +
            ports::quoted_name(source_[i].name);
  }
  std::string sql = "SELECT " + list + " FROM " + k_table;
  if (order.empty()) {
    return sql;
  }
  std::string terms;
  std::vector<bool> used(columns_.size(), false);
  for (const plan::SortTerm& term : order) {
    used[term.column] = true;
    terms += (terms.empty() ? "" : ", ") + std::to_string(term.column + 1) +
             (term.descending ? " DESC NULLS LAST" : " ASC NULLS LAST");
  }
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    terms += used[i] ? "" : ", " + std::to_string(i + 1) + " ASC NULLS LAST";
  }
  return sql + " ORDER BY " + terms;
}

void StagedRows::check_values()
{
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    const std::string type = columns_[i].type();
    if (type == "VARCHAR" || type == "BLOB") {
      continue;
    }
    const std::string name = staged_name(i);
    const auto rows =
        session_.query("SELECT " + name + " FROM " + k_table + " WHERE " + name +
                       " IS NOT NULL AND TRY_CAST(" + name + " AS " + type + ") IS NULL LIMIT 1");
    std::vector<ports::TableValue> row;
    if (rows->next(row)) {
      const auto* const text = std::get_if<std::string>(&row.front());
      throw unfit(source_[i].name, type, text == nullptr ? "" : *text);
    }
  }
}

}  // namespace mlrepro::analysis
