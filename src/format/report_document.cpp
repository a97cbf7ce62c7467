// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <utility>

#include "format/base64.hpp"
#include "format/document_values.hpp"
#include "format/profile_values.hpp"
#include "mlrepro/format/documents.hpp"
#include "mlrepro/format/report_page.hpp"
#include "mlrepro/model/resource_metric.hpp"

namespace mlrepro::format {
namespace {

const char* name_of(model::ReportFileKind kind)
{
  switch (kind) {
    case model::ReportFileKind::picture:
      return "picture";
    case model::ReportFileKind::confusion_matrix:
      return "confusion_matrix";
    case model::ReportFileKind::curves:
      return "curves";
  }
  return "";
}

Json numbers_value(const std::vector<double>& values)
{
  return list_value(values, number_value);
}

Json matrix_value(const model::ConfusionMatrix& matrix)
{
  return {{"labels", list_value(matrix.labels, text_value)},
          {"values", numbers_value(matrix.values)}};
}

Json curve_value(const model::RateCurve& curve)
{
  return {{"kind", curve.kind == model::RateKind::roc ? "roc" : "precision_recall"},
          {"label", text_or_null(curve.label)},
          {"points", curve.points},
          {"area", number_value(curve.area)},
          {"x", numbers_value(curve.x)},
          {"y", numbers_value(curve.y)},
          {"thresholds", numbers_value(curve.thresholds)}};
}

Json file_side_value(const model::ReportFileSide& side)
{
  return {{"digest", or_null(side.digest, digest_value)},
          {"bytes", side.bytes},
          {"media_type", text_or_null(side.media_type)},
          {"data", side.content.empty() ? Json(nullptr) : Json(to_base64(side.content))},
          {"omitted", text_or_null(side.omitted)},
          {"matrix", or_null(side.matrix, matrix_value)},
          {"curves", list_value(side.curves, curve_value)}};
}

Json file_value(const model::ReportFile& file)
{
  return {{"path", text_value(file.path)},
          {"kind", name_of(file.kind)},
          {"a", or_null(file.sides[0], file_side_value)},
          {"b", or_null(file.sides[1], file_side_value)}};
}

Json series_value(const model::ReportSeries& series)
{
  const bool exact = series.low == series.high;
  return {{"key", text_value(series.key)},
          {"resource", model::is_resource_metric(series.key)},
          {"points", series.points},
          {"first_step", series.first_step},
          {"last_step", series.last_step},
          {"nan", series.nans},
          {"first_nan", or_null(series.first_nan, [](std::int64_t step) { return Json(step); })},
          {"infinite", series.infinities},
          {"steps", series.steps},
          {"low", numbers_value(series.low)},
          {"high", exact ? Json(nullptr) : numbers_value(series.high)}};
}

Json log_value(const model::ReportLog& log)
{
  return {{"text", json_text(log.text)}, {"left_out", log.left_out}};
}

Json table_value(const model::ReportTable& table)
{
  Json value = profile_value(table.profile);
  value["pictures"] = list_value(table.pictures, picture_value);
  return value;
}

Json tables_value(const model::ReportTables& tables)
{
  return {{"role", tables.role},
          {"path", text_value(tables.path)},
          {"profiles", list_value(tables.tables, table_value)}};
}

Json side_value(const model::ReportSide& side)
{
  return {{"name", text_value(side.name)},
          {"id", text_or_null(side.id)},
          {"run", or_null(side.run, run_value)},
          {"series", list_value(side.series, series_value)},
          {"stdout", or_null(side.out, log_value)},
          {"stderr", or_null(side.err, log_value)},
          {"snapshot", or_null(side.snapshot, snapshot_value)},
          {"tables", list_value(side.tables, tables_value)}};
}

const char* kind_of(const model::Report& report)
{
  if (report.snapshot_diff) {
    return "snapshots";
  }
  if (!report.run_diff) {
    return report.sides[0].snapshot ? "snapshot" : "run";
  }
  return report.sides[1].run ? "runs" : "working_tree";
}

Json compared_value(const model::Report& report)
{
  if (report.run_diff) {
    return diff_value(*report.run_diff);
  }
  return report.snapshot_diff ? diff_value(*report.snapshot_diff) : Json(nullptr);
}

// Outside of texts, JSON has none of these characters; in texts, an escape says the same.
std::string without_markup(std::string_view json)
{
  constexpr std::array<std::pair<std::string_view, std::string_view>, 5> k_escapes = {
      {{"<", "\\u003c"},
       {">", "\\u003e"},
       {"&", "\\u0026"},
       {"\xE2\x80\xA8", "\\u2028"},
       {"\xE2\x80\xA9", "\\u2029"}}};
  std::string text;
  text.reserve(json.size() + json.size() / 16);
  while (!json.empty()) {
    const std::size_t plain = std::min(json.find_first_of("<>&\xE2"), json.size());
    text += json.substr(0, plain);
    json.remove_prefix(plain);
    if (json.empty()) {
      break;
    }
    std::size_t taken = 0;
    for (const auto& [character, escape] : k_escapes) {
      if (json.starts_with(character)) {
        text += escape;
        taken = character.size();
      }
    }
    if (taken == 0) {
      text += json.front();
      taken = 1;
    }
    json.remove_prefix(taken);
  }
  return text;
}

}  // namespace

std::string to_json(const model::Report& report)
{
  const Json document = {{"schema", "mlrepro.report/1"},
                         {"version", text_value(report.version)},
                         {"made_at", time_value(report.made_at)},
                         {"kind", kind_of(report)},
                         {"sides", list_value(report.sides, side_value)},
                         {"diff", compared_value(report)},
                         {"counts", list_value(report.counts,
                                               [](const model::ReportCounts& counts) -> Json {
                                                 return {{"path", text_value(counts.path)},
                                                         {"added", counts.added},
                                                         {"removed", counts.removed},
                                                         {"changed", counts.changed}};
                                               })},
                         {"files", list_value(report.files, file_value)},
                         {"notes", list_value(report.notes, text_value)}};
  return without_markup(document.dump());
}

}  // namespace mlrepro::format
