// SPDX-License-Identifier: Apache-2.0
#include "format/evaluation_json.hpp"

#include <algorithm>

#include "format/evaluation_table.hpp"
#include "format/value_tree.hpp"
#include "mlrepro/format/json_text.hpp"
#include "mlrepro/format/number_text.hpp"

namespace mlrepro::format {
namespace {

const ValueTree* member(const ValueTree& object, std::initializer_list<const char*> names)
{
  for (const auto& [key, value] : object.members) {
    if (std::find(names.begin(), names.end(), key) != names.end()) {
      return &value;
    }
  }
  return nullptr;
}

std::optional<std::vector<double>> numbers(const ValueTree* list)
{
  if (list == nullptr || list->kind != ValueTree::Kind::list) {
    return std::nullopt;
  }
  std::vector<double> values;
  values.reserve(list->items.size());
  for (const ValueTree& item : list->items) {
    const auto value =
        item.kind == ValueTree::Kind::scalar ? parse_number(item.text) : std::nullopt;
    if (!value) {
      return std::nullopt;
    }
    values.push_back(*value);
  }
  return values;
}

std::vector<std::string> texts(const ValueTree* list)
{
  std::vector<std::string> words;
  if (list != nullptr) {
    for (const ValueTree& item : list->items) {
      words.push_back(json_text(item.text));
    }
  }
  return words;
}

void read_matrix(const ValueTree& rows, std::vector<std::string> labels, bool named,
                 Evaluation& evaluation)
{
  if (rows.kind != ValueTree::Kind::list || rows.items.empty()) {
    return;
  }
  model::ConfusionMatrix matrix;
  matrix.labels = labels.empty() ? numbered_labels(rows.items.size()) : std::move(labels);
  for (const ValueTree& row : rows.items) {
    const auto values = numbers(&row);
    if (!values || values->size() != rows.items.size()) {
      return;
    }
    matrix.values.insert(matrix.values.end(), values->begin(), values->end());
  }
  keep_matrix(evaluation, std::move(matrix), named);
}

std::optional<model::RateCurve> read_curve(const ValueTree& object, const std::string& label)
{
  RateColumns columns;
  columns.label = json_text(label);
  auto x = numbers(member(object, {"fpr", "false_positive_rate"}));
  auto y = numbers(member(object, {"tpr", "true_positive_rate"}));
  if (!x || !y) {
    columns.kind = model::RateKind::precision_recall;
    x = numbers(member(object, {"recall"}));
    y = numbers(member(object, {"precision"}));
  }
  if (!x || !y) {
    return std::nullopt;
  }
  columns.x = std::move(*x);
  columns.y = std::move(*y);
  columns.thresholds =
      numbers(member(object, {"thresholds", "threshold"})).value_or(std::vector<double>());
  return make_rate_curve(std::move(columns));
}

void read_curves(const ValueTree& object, Evaluation& evaluation)
{
  constexpr std::size_t k_most_curves = 20;
  if (auto curve = read_curve(object, "")) {
    evaluation.curves.push_back(std::move(*curve));
    return;
  }
  if (object.members.empty() || object.members.size() > k_most_curves) {
    return;
  }
  for (const auto& [key, value] : object.members) {
    if (auto curve = read_curve(value, key)) {
      evaluation.curves.push_back(std::move(*curve));
    }
  }
}

}  // namespace

Evaluation read_evaluation_json(const std::string& name, std::string_view content)
{
  const ValueTree tree = parse_json_tree(name, content);
  Evaluation evaluation;
  const bool named = names_confusion(name);
  if (named && tree.kind == ValueTree::Kind::list) {
    read_matrix(tree, {}, named, evaluation);
    return evaluation;
  }
  if (const ValueTree* rows = member(tree, {"confusion_matrix", "matrix"})) {
    read_matrix(*rows, texts(member(tree, {"labels", "classes"})), named, evaluation);
  } else if (const ValueTree* data = member(tree, {"data"})) {
    // pandas, to_json(orient="split")
    const std::vector<std::string> labels = texts(member(tree, {"columns"}));
    if (!labels.empty() && labels == texts(member(tree, {"index"}))) {
      read_matrix(*data, labels, named, evaluation);
    }
  }
  if (evaluation.empty()) {
    read_curves(tree, evaluation);
  }
  return evaluation;
}

}  // namespace mlrepro::format
