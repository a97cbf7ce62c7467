// SPDX-License-Identifier: Apache-2.0
#include "format/confusion_names.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "mlrepro/format/json_text.hpp"
#include "mlrepro/model/ascii.hpp"

namespace mlrepro::format {
namespace {

// What the classes along one side are: by the words before their names.
enum class Axis { unsaid, truth, prediction };

struct AxisWord {
  std::string_view word;
  Axis axis;
};

constexpr std::array<AxisWord, 8> k_axis_words = {{{"predicted", Axis::prediction},
                                                   {"prediction", Axis::prediction},
                                                   {"pred", Axis::prediction},
                                                   {"actual", Axis::truth},
                                                   {"observed", Axis::truth},
                                                   {"truth", Axis::truth},
                                                   {"true", Axis::truth},
                                                   {"expected", Axis::truth}}};

bool separates(char letter)
{
  return letter == '_' || letter == ' ' || letter == ':' || letter == '-' || letter == '.';
}

// The word that a name begins with, where something follows it.
const AxisWord* axis_word(const std::string& name)
{
  const std::string lower = model::lower_case(name);
  for (const AxisWord& known : k_axis_words) {
    if (lower.size() > known.word.size() + 1 && lower.starts_with(known.word) &&
        separates(lower[known.word.size()])) {
      return &known;
    }
  }
  return nullptr;
}

// Takes the word away where all names begin with it.
Axis without_axis_word(std::vector<std::string>& names)
{
  const AxisWord* word = axis_word(names.front());
  if (word == nullptr || !std::all_of(names.begin(), names.end(), [&](const std::string& name) {
        return axis_word(name) == word;
      })) {
    return Axis::unsaid;
  }
  for (std::string& name : names) {
    std::size_t start = word->word.size();
    while (start + 1 < name.size() && separates(name[start])) {
      ++start;
    }
    name.erase(0, start);
  }
  return word->axis;
}

// "Predicted", and what names rows before columns: "predicted \ actual".
bool says_predictions_down(const std::string& corner)
{
  return model::lower_case(corner).starts_with("pred");
}

void transpose(NamedSquare& square)
{
  const std::size_t count = square.rows.size();
  std::swap(square.rows, square.columns);
  for (std::size_t row = 0; row < count; ++row) {
    for (std::size_t column = row + 1; column < count; ++column) {
      std::swap(square.values[row * count + column], square.values[column * count + row]);
    }
  }
}

bool is_numbered(const std::vector<std::string>& names)
{
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] != std::to_string(i)) {
      return false;
    }
  }
  return true;
}

// Puts rows into the order of the columns. False: they name other classes.
bool order_rows(NamedSquare& square)
{
  const std::size_t count = square.rows.size();
  std::vector<double> values;
  for (const std::string& name : square.columns) {
    const auto found = std::find(square.rows.begin(), square.rows.end(), name);
    if (found == square.rows.end() ||
        std::count(square.columns.begin(), square.columns.end(), name) != 1) {
      return false;
    }
    const auto row = static_cast<std::ptrdiff_t>(count) * (found - square.rows.begin());
    values.insert(values.end(), square.values.begin() + row,
                  square.values.begin() + row + static_cast<std::ptrdiff_t>(count));
  }
  square.values = std::move(values);
  square.rows = square.columns;
  return true;
}

// pandas.crosstab(…, margins=True): the last row and column are the sums of the others.
bool has_margins(const model::ConfusionMatrix& matrix)
{
  const std::size_t count = matrix.labels.size();
  const std::string last = model::lower_case(matrix.labels.back());
  if (count < 3 || (last != "all" && last != "total" && last != "sum")) {
    return false;
  }
  for (std::size_t i = 0; i < count; ++i) {
    double across = 0;
    double down = 0;
    for (std::size_t k = 0; k + 1 < count; ++k) {
      across += matrix.values[i * count + k];
      down += matrix.values[k * count + i];
    }
    const auto equal = [](double sum, double said) {
      return std::abs(sum - said) <= 1e-6 * std::max(1.0, std::abs(said));
    };
    if (!equal(across, matrix.values[i * count + count - 1]) ||
        !equal(down, matrix.values[(count - 1) * count + i])) {
      return false;
    }
  }
  return true;
}

void drop_margins(model::ConfusionMatrix& matrix)
{
  const std::size_t count = matrix.labels.size();
  std::vector<double> values;
  for (std::size_t row = 0; row + 1 < count; ++row) {
    const auto begin = matrix.values.begin() + static_cast<std::ptrdiff_t>(row * count);
    values.insert(values.end(), begin, begin + static_cast<std::ptrdiff_t>(count - 1));
  }
  matrix.values = std::move(values);
  matrix.labels.pop_back();
}

}  // namespace

std::optional<model::ConfusionMatrix> confusion_of(NamedSquare square, bool named)
{
  const std::size_t count = square.rows.size();
  if (count == 0 || square.columns.size() != count || square.values.size() != count * count) {
    return std::nullopt;
  }
  bool predictions_down = says_predictions_down(square.corner);
  if (square.rows != square.columns) {
    const Axis down = without_axis_word(square.rows);
    const Axis across = without_axis_word(square.columns);
    if (down != Axis::unsaid && down == across) {
      return std::nullopt;
    }
    predictions_down = predictions_down || down == Axis::prediction || across == Axis::truth;
  }
  if (named && square.rows != square.columns) {
    if (is_numbered(square.rows)) {
      square.rows = square.columns;
    } else if (!order_rows(square)) {
      return std::nullopt;
    }
  }
  if (square.rows != square.columns) {
    return std::nullopt;
  }
  if (predictions_down) {
    transpose(square);
  }
  model::ConfusionMatrix matrix{std::move(square.columns), std::move(square.values)};
  if (has_margins(matrix)) {
    drop_margins(matrix);
  }
  for (std::string& label : matrix.labels) {
    label = json_text(label);
  }
  return matrix;
}

}  // namespace mlrepro::format
