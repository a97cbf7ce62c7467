// SPDX-License-Identifier: Apache-2.0
#include "sources/mlflow_tables.hpp"

#include "mlrepro/format/mlflow_files.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::sources {

std::optional<std::string> MlflowRows::find(std::size_t column) const
{
  const ports::SourceCell& cell = row_.at(column);
  return cell.kind == ports::CellKind::nothing ? std::nullopt : std::optional(cell.text);
}

std::optional<std::int64_t> MlflowRows::integer(std::size_t column) const
{
  const auto text = find(column);
  return text ? format::parse_integer(*text) : std::nullopt;
}

std::optional<double> MlflowRows::number(std::size_t column) const
{
  const auto text = find(column);
  return text ? format::parse_number(*text) : std::nullopt;
}

std::optional<model::Timestamp> MlflowRows::time(std::size_t column) const
{
  return format::mlflow_time(integer(column));
}

MlflowTables::MlflowTables(ports::RowSource& source) : source_(source)
{
  MlflowRows rows = query(
      "SELECT t.name AS in_table, c.name AS in_column FROM sqlite_schema t, "
      "pragma_table_info(t.name) c"
      " WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'");
  while (rows.next()) {
    columns_[rows.text(0)].insert(rows.text(1));
  }
  for (const char* column : {"run_uuid", "experiment_id", "status"}) {
    if (!has("runs", column) || !has("experiments", "name")) {
      throw model::Error(
          model::ErrorKind::corrupt,
          "'" + source.identity().uri + "' is no database of MLflow: it has no runs",
          "name the file that 'mlflow server --backend-store-uri sqlite:///FILE' has");
    }
  }
}

bool MlflowTables::has(const std::string& table, const std::string& column) const
{
  const auto found = columns_.find(table);
  return found != columns_.end() && found->second.contains(column);
}

MlflowRows MlflowTables::select(const std::string& table, const std::vector<std::string>& columns,
                                const std::string& rest) const
{
  std::string sql = "SELECT ";
  for (std::size_t i = 0; i < columns.size(); ++i) {
    sql += i == 0 ? "" : ", ";
    sql += has(table, columns[i]) ? "\"" + columns[i] + "\"" : "NULL";
    sql += " AS \"" + columns[i] + "\"";
  }
  return query(has(table) ? sql + " FROM \"" + table + "\" " + rest : sql + " WHERE 0");
}

MlflowRows MlflowTables::query(const std::string& sql) const
{
  return MlflowRows(source_.query(sql));
}

std::map<std::string, std::string> MlflowTables::pairs(const std::string& table,
                                                       const std::string& key,
                                                       const std::string& value,
                                                       const std::string& where) const
{
  std::map<std::string, std::string> found;
  MlflowRows rows = select(table, {key, value}, where);
  while (rows.next()) {
    found.emplace(rows.text(0), rows.text(1));
  }
  return found;
}

std::string sql_text(const std::string& text)
{
  std::string quoted = "'";
  for (const char character : text) {
    quoted += character;
    if (character == '\'') {
      quoted += character;
    }
  }
  return quoted + "'";
}

}  // namespace mlrepro::sources
