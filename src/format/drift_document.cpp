// SPDX-License-Identifier: Apache-2.0
#include "format/profile_values.hpp"

namespace mlrepro::format {
namespace {

Json exceeded_value(const model::Exceeded& item)
{
  return {{"measure", item.measure},
          {"value", number_value(item.value)},
          {"threshold", number_value(item.threshold)}};
}

Json test_value(const model::TestResult& test)
{
  return {{"name", test.name},
          {"statistic", number_value(test.statistic)},
          {"degrees", number_value(test.degrees)},
          {"p", number_value(test.p)},
          {"adjusted_p", number_value(test.adjusted_p)},
          {"error", number_value(test.error)}};
}

Json count_value(const model::ValueCount& item)
{
  return {{"value", text_value(item.value)}, {"count", item.count}};
}

Json psi_value(const model::ColumnDrift& column)
{
  if (!column.psi) {
    return nullptr;
  }
  return {{"value", number_value(*column.psi)},
          {"critical", or_null(column.psi_critical, number_value)}};
}

Json column_value(const model::ColumnDrift& column)
{
  const model::DriftCells& cells = column.cells;
  return {
      {"column", text_value(column.column)},
      {"class", model::to_string(column.kind)},
      {"class_b", or_null(column.other_kind,
                          [](model::ColumnClass kind) -> Json { return model::to_string(kind); })},
      {"drift", column.flagged()},
      {"severity", number_value(column.severity)},
      {"exceeded", list_value(column.exceeded, exceeded_value)},
      {"rows", {{"a", column.rows_a}, {"b", column.rows_b}}},
      {"psi", psi_value(column)},
      {"js", or_null(column.js, number_value)},
      {"ks", or_null(column.ks, number_value)},
      {"wasserstein", or_null(column.wasserstein, number_value)},
      {"test", or_null(column.test, test_value)},
      {"missing",
       {{"a", number_value(column.missing.a)},
        {"b", number_value(column.missing.b)},
        {"test", test_value(column.missing.test)}}},
      {"new",
       {{"known", column.values_known},
        {"share", number_value(column.new_share)},
        {"expected", number_value(column.new_expected)},
        {"test", or_null(column.new_test, test_value)},
        {"values", list_value(column.new_values, count_value)}}},
      {"vanished", list_value(column.vanished_values, count_value)},
      {"cells",
       {{"exact", cells.exact},
        {"edges", list_value(cells.edges, number_value)},
        {"labels", list_value(cells.labels, text_value)},
        {"a", list_value(cells.a, number_value)},
        {"b", list_value(cells.b, number_value)}}},
      {"picture", picture_value(column.picture)}};
}

}  // namespace

Json picture_value(const model::DriftPicture& picture)
{
  return {{"low", number_value(picture.low)},
          {"high", number_value(picture.high)},
          {"labels", list_value(picture.labels, text_value)},
          {"a", list_value(picture.a, number_value)},
          {"b", list_value(picture.b, number_value)}};
}

Json drift_value(const model::TableDrift& table)
{
  return {
      {"path", text_value(table.path)},
      {"a", digest_value(table.a)},
      {"b", table.b == model::Digest() ? Json(nullptr) : digest_value(table.b)},
      {"rows", {{"a", table.rows_a}, {"b", table.rows_b}}},
      {"source", model::to_string(table.source)},
      {"problem", text_or_null(table.problem)},
      {"drift", table.flagged()},
      {"thresholds", table.has_thresholds},
      {"alpha", number_value(table.alpha)},
      {"exceeded", list_value(table.exceeded, exceeded_value)},
      {"schema", list_value(table.schema,
                            [](const model::SchemaChange& change) -> Json {
                              return {{"change", model::to_string(change.kind)},
                                      {"column", text_value(change.column)},
                                      {"a", text_or_null(change.a)},
                                      {"b", text_or_null(change.b)}};
                            })},
      {"columns", list_value(table.columns, column_value)},
      {"uncompared", list_value(table.uncompared, [](const model::UncomparedColumn& item) -> Json {
         return {{"column", text_value(item.column)}, {"reason", item.reason}};
       })}};
}

}  // namespace mlrepro::format
