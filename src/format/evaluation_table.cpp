// SPDX-License-Identifier: Apache-2.0
#include "format/evaluation_table.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include "format/byte_input.hpp"
#include "format/confusion_names.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/format/table_reader.hpp"

namespace mlrepro::format {
namespace {

using Row = std::vector<std::string>;

// As plain_key has it, and behind the "# " that numpy.savetxt puts before a header.
std::string plain_name(const std::string& field)
{
  const std::size_t start = field.find_first_not_of("# ");
  std::string name = start == std::string::npos ? "" : field.substr(start);
  name.erase(name.find_last_not_of(' ') + 1);
  return plain_key(name);
}

std::optional<std::size_t> find_column(const Row& header, std::initializer_list<const char*> names)
{
  for (std::size_t i = 0; i < header.size(); ++i) {
    const std::string name = plain_name(header[i]);
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
  std::optional<std::size_t> number;  // of the row, where the rates stand alone beside it
};

// Nothing but recall and precision, beside what pandas calls a column of row numbers.
bool has_only_rates(const Row& header)
{
  return std::all_of(header.begin(), header.end(), [](const std::string& field) {
    const std::string name = plain_name(field);
    return name.empty() || name == "unnamed:_0" || name == "recall" || name == "precision";
  });
}

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
    if (!has_only_rates(header)) {
      return std::nullopt;
    }
    found.number = find_column(header, {"", "unnamed:_0"});
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
  if (!x || !y || (columns.number && !number(*columns.number))) {
    return false;
  }
  curve.kind = columns.kind;
  curve.x.push_back(*x);
  curve.y.push_back(*y);
  if (columns.threshold) {
    curve.thresholds.push_back(number(*columns.threshold).value_or(std::nan("")));
  }
  return true;
}

// That many labels are no classes but the names of rows.
constexpr std::size_t k_many_labels = 2000;

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
    if (curves.size() > k_many_labels || !add_point(columns, row, curves[place->second])) {
      return {};
    }
  }
  Evaluation evaluation;
  for (RateColumns& curve : curves) {
    auto made = make_rate_curve(std::move(curve));
    // Without thresholds, only what scikit-learn's curves end with tells one from a table of
    // models.
    const bool is_sure = columns.kind == model::RateKind::roc || columns.threshold.has_value();
    if (!made || (!is_sure && std::min(made->x.front(), made->x.back()) > 0)) {
      return {};
    }
    evaluation.curves.push_back(std::move(*made));
  }
  limit_curves(evaluation);
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

// A matrix has as many rows as its first one has fields, or one more below a row of names; it is
// read no further than that.
bool read_square(TableReader& reader, std::size_t size, std::vector<Row>& rows)
{
  Row row;
  while (reader.next(row)) {
    if (row.size() != size || rows.size() > size) {
      return false;
    }
    rows.push_back(row);
  }
  return rows.size() >= size;
}

// pandas: the first row names the predicted classes, the first column the true ones.
std::optional<NamedSquare> labelled_square(const std::vector<Row>& rows)
{
  NamedSquare square;
  square.corner = rows.front().front();
  square.columns.assign(rows.front().begin() + 1, rows.front().end());
  for (std::size_t i = 1; i < rows.size(); ++i) {
    square.rows.push_back(rows[i].front());
    if (!add_numbers(rows[i], 1, square.values)) {
      return std::nullopt;
    }
  }
  return square;
}

bool are_numbers(const Row& row)
{
  std::vector<double> values;
  return add_numbers(row, 0, values);
}

// numpy.savetxt: numbers and nothing else, or below a row of names (pandas, index=False).
std::optional<NamedSquare> bare_square(const std::vector<Row>& rows)
{
  NamedSquare square;
  const bool has_names = rows.size() > rows.front().size();
  square.columns = numbered_labels(rows.front().size());
  if (has_names && are_numbers(rows.front()) && rows.front() != square.columns) {
    return std::nullopt;
  }
  square.columns = has_names ? rows.front() : square.columns;
  square.rows = square.columns;
  for (std::size_t i = has_names ? 1 : 0; i < rows.size(); ++i) {
    if (!add_numbers(rows[i], 0, square.values)) {
      return std::nullopt;
    }
  }
  return square;
}

std::optional<model::ConfusionMatrix> matrix_of(const std::vector<Row>& rows, bool named)
{
  const bool is_bare = rows.size() > rows.front().size() || are_numbers(rows.front());
  if (is_bare && !named) {
    return std::nullopt;
  }
  auto square = is_bare ? bare_square(rows) : labelled_square(rows);
  return square ? confusion_of(std::move(*square), named) : std::nullopt;
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
  if (auto matrix = matrix_of(rows, named)) {
    keep_matrix(evaluation, std::move(*matrix), named);
  }
  return evaluation;
}

}  // namespace mlrepro::format
