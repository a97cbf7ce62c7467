// SPDX-License-Identifier: Apache-2.0
#include "format/evaluation_table.hpp"

#include <algorithm>
#include <map>

#include "format/byte_input.hpp"
#include "mlrepro/format/json_text.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/format/table_reader.hpp"
#include "mlrepro/model/ascii.hpp"

namespace mlrepro::format {
namespace {

using Row = std::vector<std::string>;

std::optional<std::size_t> find_column(const Row& header, std::initializer_list<const char*> names)
{
  for (std::size_t i = 0; i < header.size(); ++i) {
    const std::string name = model::lower_case(header[i]);
    if (std::any_of(names.begin(), names.end(), [&](const char* word) { return name == word; })) {
      return i;
    }
  }
  return std::nullopt;
}

struct CurveColumns {
  model::RateKind kind = model::RateKind::roc;
  std::size_t x = 0;
  std::size_t y = 0;
  std::optional<std::size_t> threshold;
  std::optional<std::size_t> label;
};

std::optional<CurveColumns> curve_columns(const Row& header)
{
  CurveColumns found;
  auto x = find_column(header, {"fpr", "false_positive_rate"});
  auto y = find_column(header, {"tpr", "true_positive_rate"});
  if (!x || !y) {
    found.kind = model::RateKind::precision_recall;
    x = find_column(header, {"recall"});
    y = find_column(header, {"precision"});
  }
  if (!x || !y) {
    return std::nullopt;
  }
  found.x = *x;
  found.y = *y;
  found.threshold = find_column(header, {"threshold", "thresholds"});
  found.label = find_column(header, {"class", "label", "model", "name"});
  // A table of metrics by class has these columns too, and no thresholds.
  if (found.kind == model::RateKind::precision_recall && !found.threshold) {
    return std::nullopt;
  }
  return found;
}

// False: it is no row of a curve.
bool add_point(const CurveColumns& columns, const Row& row, RateColumns& curve)
{
  const auto number = [&](std::size_t column) {
    return column < row.size() ? parse_number(row[column]) : std::nullopt;
  };
  const auto x = number(columns.x);
  const auto y = number(columns.y);
  if (!x || !y) {
    return false;
  }
  curve.kind = columns.kind;
  curve.x.push_back(*x);
  curve.y.push_back(*y);
  if (columns.threshold) {
    if (const auto threshold = number(*columns.threshold)) {
      curve.thresholds.push_back(*threshold);
    }
  }
  return true;
}

constexpr std::size_t k_most_curves = 20;

Evaluation read_curves(const CurveColumns& columns, TableReader& reader)
{
  std::vector<RateColumns> curves;
  std::map<std::string, std::size_t> by_label;
  Row row;
  while (reader.next(row)) {
    const std::string label =
        columns.label && *columns.label < row.size() ? row[*columns.label] : std::string();
    const auto [place, is_new] = by_label.try_emplace(label, curves.size());
    if (is_new) {
      curves.push_back({columns.kind, label, {}, {}, {}});
    }
    if (curves.size() > k_most_curves || !add_point(columns, row, curves[place->second])) {
      return {};
    }
  }
  Evaluation evaluation;
  for (RateColumns& curve : curves) {
    auto made = make_rate_curve(std::move(curve));
    if (!made) {
      return {};
    }
    evaluation.curves.push_back(std::move(*made));
  }
  return evaluation;
}

// The numbers from one field on; false where one is none.
bool add_numbers(const Row& row, std::size_t from, std::vector<double>& values)
{
  for (std::size_t i = from; i < row.size(); ++i) {
    const auto value = parse_number(row[i]);
    if (!value) {
      return false;
    }
    values.push_back(*value);
  }
  return true;
}

// A matrix has as many rows as its first one has fields; it is read no further than that.
bool read_square(TableReader& reader, std::size_t size, std::vector<Row>& rows)
{
  Row row;
  while (reader.next(row)) {
    if (row.size() != size || rows.size() == size) {
      return false;
    }
    rows.push_back(row);
  }
  return rows.size() == size;
}

// pandas: the first row names the predicted classes, the first column the true ones.
std::optional<model::ConfusionMatrix> labelled_matrix(const std::vector<Row>& rows)
{
  model::ConfusionMatrix matrix;
  matrix.labels.assign(rows.front().begin() + 1, rows.front().end());
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (rows[i].front() != matrix.labels[i - 1] || !add_numbers(rows[i], 1, matrix.values)) {
      return std::nullopt;
    }
  }
  for (std::string& label : matrix.labels) {
    label = json_text(label);
  }
  return matrix;
}

// numpy.savetxt: numbers and nothing else.
std::optional<model::ConfusionMatrix> bare_matrix(const std::vector<Row>& rows)
{
  model::ConfusionMatrix matrix;
  matrix.labels = numbered_labels(rows.size());
  for (const Row& row : rows) {
    if (!add_numbers(row, 0, matrix.values)) {
      return std::nullopt;
    }
  }
  return matrix;
}

}  // namespace

Evaluation read_evaluation_table(const std::string& name, std::string_view content, char separator)
{
  TableReader reader(bytes_of(content), separator);
  std::vector<Row> rows(1);
  if (!reader.next(rows.front())) {
    return {};
  }
  if (const auto columns = curve_columns(rows.front())) {
    return read_curves(*columns, reader);
  }
  Evaluation evaluation;
  const bool named = names_confusion(name);
  if (rows.front().size() < 2 || !read_square(reader, rows.front().size(), rows)) {
    return {};
  }
  if (auto matrix = labelled_matrix(rows)) {
    keep_matrix(evaluation, std::move(*matrix), named);
  } else if (named) {
    if (auto bare = bare_matrix(rows)) {
      keep_matrix(evaluation, std::move(*bare), named);
    }
  }
  return evaluation;
}

}  // namespace mlrepro::format
