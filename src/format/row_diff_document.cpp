// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/row_diff_document.hpp"

#include "format/document_values.hpp"

namespace mlrepro::format {
namespace {

Json cell_value(const model::CellText& cell)
{
  return or_null(cell, text_value);
}

Json table_value(const model::DiffedTable& table)
{
  return {{"name", text_value(table.name)},
          {"path", text_value(table.path)},
          {"format", table.format},
          {"digest", or_null(table.digest, digest_value)},
          {"rows", table.rows},
          {"columns", table.columns},
          {"null_keys", table.null_keys}};
}

Json one_value(const model::ColumnOfOne& column)
{
  return {{"name", text_value(column.name)},
          {"type", text_value(column.type)},
          {"position", column.position}};
}

Json both_value(const model::ColumnOfBoth& column)
{
  return {{"name", {{"a", text_value(column.name_a)}, {"b", text_value(column.name_b)}}},
          {"type", {{"a", text_value(column.type_a)}, {"b", text_value(column.type_b)}}},
          {"position", {{"a", column.position_a}, {"b", column.position_b}}}};
}

Json schema_value(const model::TableSchemaDiff& schema)
{
  return {{"same", schema.same()},
          {"added", list_value(schema.added, one_value)},
          {"removed", list_value(schema.removed, one_value)},
          {"renamed", list_value(schema.renamed, both_value)},
          {"retyped", list_value(schema.retyped, both_value)},
          {"reordered", list_value(schema.reordered, both_value)}};
}

Json column_value(const model::ComparedColumn& column)
{
  return {{"name", text_value(column.name)},
          {"changed", column.changed},
          {"largest_difference", or_null(column.most, number_value)},
          {"tolerance",
           {{"absolute", column.tolerance.absolute}, {"relative", column.tolerance.relative}}},
          {"tolerated", column.tolerated}};
}

Json changed_value(const model::ChangedRow& row)
{
  return {{"key", list_value(row.key, cell_value)},
          {"cells", list_value(row.cells, [](const model::CellChange& cell) -> Json {
             return {{"column", text_value(cell.column)},
                     {"a", cell_value(cell.a)},
                     {"b", cell_value(cell.b)}};
           })}};
}

Json row_value(const model::RowOfOne& row)
{
  return {{"key", list_value(row.key, cell_value)},
          {"cells", list_value(row.cells, cell_value)},
          {"times", row.times}};
}

const char* source_word(model::KeySource source)
{
  switch (source) {
    case model::KeySource::given:
      return "given";
    case model::KeySource::inferred:
      return "inferred";
    case model::KeySource::none:
      return "none";
  }
  return "none";
}

}  // namespace

Json row_diff_value(const model::RowDiff& diff)
{
  return {
      {"schema", "mlrepro.row_diff/1"},
      {"a", table_value(diff.a)},
      {"b", table_value(diff.b)},
      {"same", diff.same},
      {"key",
       {{"source", source_word(diff.key_source)}, {"columns", list_value(diff.key, text_value)}}},
      {"ignored", list_value(diff.ignored, text_value)},
      {"columns", schema_value(diff.schema)},
      {"counts",
       {{"unchanged", diff.unchanged_rows},
        {"changed", diff.changed_rows},
        {"removed", diff.removed_rows},
        {"added", diff.added_rows},
        {"changed_cells", diff.changed_cells},
        {"duplicate_keys", diff.duplicate_keys}}},
      {"compared", list_value(diff.compared, column_value)},
      {"limit", diff.limit ? Json(*diff.limit) : Json(nullptr)},
      {"rows",
       {{"columns",
         {{"a", list_value(diff.columns_a, text_value)},
          {"b", list_value(diff.columns_b, text_value)}}},
        {"changed", list_value(diff.changed, changed_value)},
        {"removed", list_value(diff.removed, row_value)},
        {"added", list_value(diff.added, row_value)},
        {"duplicates", list_value(diff.duplicates, [](const model::DuplicateKey& key) -> Json {
           return {{"key", list_value(key.key, cell_value)}, {"a", key.rows_a}, {"b", key.rows_b}};
         })}}}};
}

std::string to_json(const model::RowDiff& diff)
{
  return document_text(row_diff_value(diff));
}

}  // namespace mlrepro::format
