// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/compare_rows.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>
#include <string_view>

#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/judge_metric.hpp"

namespace mlrepro::plan {
namespace {

using model::CellDifference;
using model::CheckStatus;
using model::RowsCheck;

// With nothing around it but blanks.
std::optional<double> number_in(std::string_view text)
{
  while (text.starts_with(' ')) {
    text.remove_prefix(1);
  }
  while (text.ends_with(' ')) {
    text.remove_suffix(1);
  }
  if (text.starts_with('+')) {
    text.remove_prefix(1);
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool good = !text.empty() && error == std::errc{} && end == text.data() + text.size();
  return good ? std::optional(value) : std::nullopt;
}

[[noreturn]] void refuse_columns(const std::string& why)
{
  throw model::Error(model::ErrorKind::usage, why);
}

std::string row_count(std::uint64_t rows)
{
  return std::to_string(rows) + (rows == 1 ? " row" : " rows");
}

std::string cell_text(const CellDifference& cell)
{
  return cell.row + ", " + cell.column + ": " + cell.recorded + " recorded, " + cell.replayed +
         " replayed";
}

std::string farthest_text(const RowsCheck& rows)
{
  return "largest difference " + amount_text(*rows.max_absolute) + " in " + rows.farthest.row +
         ", " + rows.farthest.column;
}

}  // namespace

bool is_header(const Fields& row)
{
  return std::none_of(row.begin(), row.end(),
                      [](const std::string& field) { return number_in(field).has_value(); });
}

std::vector<std::size_t> columns_of(const Fields& header, const std::vector<std::string>& names)
{
  std::vector<std::size_t> columns;
  for (const std::string& name : names) {
    const auto found = std::find(header.begin(), header.end(), name);
    if (found == header.end()) {
      refuse_columns("it has no column '" + name + "'");
    }
    columns.push_back(static_cast<std::size_t>(found - header.begin()));
  }
  return columns;
}

RowComparison::RowComparison(const Fields& recorded_header, const Fields& replayed_header,
                             const model::Tolerance& tolerance)
    : tolerance_(tolerance), header_(recorded_header)
{
  if (recorded_header == replayed_header) {
    return;
  }
  const std::set<std::string> recorded(recorded_header.begin(), recorded_header.end());
  const std::set<std::string> replayed(replayed_header.begin(), replayed_header.end());
  for (const std::string& name : recorded) {
    if (!replayed.contains(name)) {
      refuse_columns("column '" + name + "' is missing in the replay");
    }
  }
  for (const std::string& name : replayed) {
    if (!recorded.contains(name)) {
      refuse_columns("column '" + name + "' is missing in the record");
    }
  }
  if (recorded.size() != recorded_header.size() || replayed.size() != replayed_header.size()) {
    refuse_columns("two columns have the same name, and their order is not the same");
  }
  replayed_column_ = columns_of(replayed_header, recorded_header);
}

const std::string* RowComparison::replayed_field(const Fields& replayed, std::size_t column) const
{
  const std::size_t at = replayed_column_.empty() ? column : replayed_column_[column];
  return at < replayed.size() ? &replayed[at] : nullptr;
}

std::string RowComparison::column_name(std::size_t column) const
{
  return column < header_.size() && !header_[column].empty()
             ? "column '" + header_[column] + "'"
             : "column " + std::to_string(column + 1);
}

// Also keeps the largest difference.
bool RowComparison::is_close(const CellDifference& cell)
{
  const auto recorded = number_in(cell.recorded);
  const auto replayed = number_in(cell.replayed);
  if (!recorded || !replayed) {
    return false;
  }
  if (*recorded == *replayed) {
    return true;
  }
  const double absolute = std::fabs(*replayed - *recorded);
  if (!std::isfinite(absolute)) {
    return false;
  }
  if (!result_.max_absolute || absolute > *result_.max_absolute) {
    result_.max_absolute = absolute;
    result_.farthest = cell;
  }
  const double relative = absolute / std::fabs(*recorded);
  if (std::isfinite(relative)) {
    result_.max_relative = std::max(result_.max_relative.value_or(0), relative);
  }
  return absolute <= tolerance_.absolute + tolerance_.relative * std::fabs(*recorded);
}

void RowComparison::list(CellDifference cell)
{
  if (result_.first.size() < model::k_max_listed_cells) {
    result_.first.push_back(std::move(cell));
  }
}

void RowComparison::compare(const std::string& row, const Fields& recorded, const Fields& replayed)
{
  ++result_.recorded;
  ++result_.replayed;
  bool close = recorded.size() == replayed.size() &&
               (replayed_column_.empty() || recorded.size() == header_.size());
  if (!close) {
    list({row, "fields", std::to_string(recorded.size()), std::to_string(replayed.size())});
  }
  for (std::size_t column = 0; close && column < recorded.size(); ++column) {
    const std::string* other = replayed_field(replayed, column);
    if (other != nullptr && *other == recorded[column]) {
      continue;
    }
    CellDifference cell = {row, column_name(column), recorded[column],
                           other == nullptr ? "" : *other};
    if (!is_close(cell)) {
      close = false;
      list(std::move(cell));
    }
  }
  result_.differing += close ? 0 : 1;
}

void RowComparison::count_missing(const std::string& row)
{
  ++result_.recorded;
  if (++result_.missing == 1) {
    list({row, "row", "there", "missing"});
  }
}

void RowComparison::count_added(const std::string& row)
{
  ++result_.replayed;
  if (++result_.added == 1) {
    list({row, "row", "missing", "there"});
  }
}

void conclude_rows(const RowsCheck& rows, const model::Tolerance& tolerance, model::FileCheck& file)
{
  file.rows = rows;
  if (rows.differing + rows.missing + rows.added == 0) {
    if (!rows.max_absolute) {
      file.status = CheckStatus::same_content;
      file.ignored = {"how its fields are written"};
      return;
    }
    file.status = CheckStatus::within_tolerance;
    file.reasons = {row_count(rows.recorded) + ", " + farthest_text(rows) + ", " +
                    limit_text(tolerance)};
    return;
  }
  file.status = CheckStatus::differs;
  std::string text;
  if (rows.recorded != rows.replayed) {
    text = row_count(rows.recorded) + " recorded, " + std::to_string(rows.replayed) + " replayed; ";
  }
  if (rows.differing > 0) {
    text += std::to_string(rows.differing) + " of " + row_count(rows.recorded) + " differ";
    if (rows.max_absolute) {
      text += ", " + farthest_text(rows) + ", " + limit_text(tolerance);
    }
    text += "; ";
  }
  if (rows.missing > 0 || rows.added > 0) {
    text += row_count(rows.missing) + " missing in the replay, " + std::to_string(rows.added) +
            " in the record; ";
  }
  file.reasons = {text + "first: " + cell_text(rows.first.front())};
}

}  // namespace mlrepro::plan
