// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>

#include "format/evaluation_json.hpp"
#include "format/evaluation_table.hpp"
#include "mlrepro/format/json_text.hpp"
#include "mlrepro/model/ascii.hpp"

namespace mlrepro::format {
namespace {

constexpr int k_deepest_curve = 2;

// Where the rates and thresholds of a curve are.
struct CurveParts {
  model::RateKind kind = model::RateKind::roc;
  const ValueTree* x = nullptr;
  const ValueTree* y = nullptr;
  const ValueTree* thresholds = nullptr;
};

std::optional<CurveParts> parts_of(const ValueTree& object)
{
  CurveParts parts;
  parts.x = evaluation_member(object, {"fpr", "false_positive_rate"});
  parts.y = evaluation_member(object, {"tpr", "true_positive_rate"});
  if (parts.x == nullptr || parts.y == nullptr) {
    parts.kind = model::RateKind::precision_recall;
    parts.x = evaluation_member(object, {"recall"});
    parts.y = evaluation_member(object, {"precision"});
  }
  if (parts.x == nullptr || parts.y == nullptr) {
    return std::nullopt;
  }
  parts.thresholds = evaluation_member(object, {"thresholds", "threshold"});
  return parts;
}

void keep_curve(const CurveParts& parts, const std::string& label, Evaluation& evaluation)
{
  auto x = evaluation_numbers(parts.x);
  auto y = evaluation_numbers(parts.y);
  if (!x || !y) {
    return;
  }
  RateColumns columns{parts.kind, json_text(label), std::move(*x), std::move(*y), {}};
  columns.thresholds =
      evaluation_numbers(parts.thresholds, Nulls::nan).value_or(std::vector<double>());
  if (auto curve = make_rate_curve(std::move(columns))) {
    evaluation.curves.push_back(std::move(*curve));
  }
}

// What stands under one key of an object; null: it has no such key.
const ValueTree* under(const ValueTree* object, const std::string& key)
{
  if (object != nullptr) {
    for (const auto& [name, value] : object->members) {
      if (name == key) {
        return &value;
      }
    }
  }
  return nullptr;
}

// {"fpr": {"a": […], "b": […]}, "tpr": {…}}, as scikit-learn's examples keep the curves of classes.
void read_by_class(const CurveParts& parts, Evaluation& evaluation)
{
  for (const auto& [label, x] : parts.x->members) {
    if (const ValueTree* y = under(parts.y, label)) {
      keep_curve({parts.kind, &x, y, under(parts.thresholds, label)}, label, evaluation);
    }
  }
}

ValueTree values_of(const ValueTree* object)
{
  ValueTree list;
  list.kind = ValueTree::Kind::list;
  if (object != nullptr) {
    for (const auto& [key, value] : object->members) {
      list.items.push_back(value);
    }
  }
  return list;
}

// {"fpr": {"0": 0.0, "1": 0.2}, …}: pandas, to_json().
void read_by_row(const CurveParts& parts, const std::string& label, Evaluation& evaluation)
{
  const ValueTree x = values_of(parts.x);
  const ValueTree y = values_of(parts.y);
  const ValueTree thresholds = values_of(parts.thresholds);
  keep_curve({parts.kind, &x, &y, &thresholds}, label, evaluation);
}

void read_parts(const CurveParts& parts, const std::string& label, Evaluation& evaluation)
{
  if (parts.x->kind == ValueTree::Kind::list) {
    keep_curve(parts, label, evaluation);
  } else if (!parts.x->members.empty()) {
    if (parts.x->members.front().second.kind == ValueTree::Kind::list) {
      read_by_class(parts, evaluation);
    } else {
      read_by_row(parts, label, evaluation);
    }
  }
}

// Rows become columns: of objects, pandas' to_json(orient="records").
ValueTree columns_of(const std::vector<ValueTree>& rows, const std::vector<std::string>& names)
{
  ValueTree columns;
  columns.kind = ValueTree::Kind::map;
  for (std::size_t i = 0; i < names.size(); ++i) {
    ValueTree& column = columns.members.emplace_back(names[i], ValueTree()).second;
    column.kind = ValueTree::Kind::list;
    for (const ValueTree& row : rows) {
      const bool is_record = row.kind == ValueTree::Kind::map;
      if (is_record ? i < row.members.size() && row.members[i].first == names[i]
                    : i < row.items.size()) {
        column.items.push_back(is_record ? row.members[i].second : row.items[i]);
      }
    }
  }
  return columns;
}

std::string label_of(const ValueTree& object, std::size_t number)
{
  const ValueTree* label = evaluation_member(object, {"class", "label", "model", "name"});
  return label != nullptr && label->kind == ValueTree::Kind::scalar ? label->text
                                                                    : std::to_string(number);
}

// Points, or curves.
void read_list(const ValueTree& list, Evaluation& evaluation)
{
  if (list.items.empty() || list.items.front().kind != ValueTree::Kind::map) {
    return;
  }
  const ValueTree& first = list.items.front();
  const auto parts = parts_of(first);
  if (parts && parts->x->kind == ValueTree::Kind::scalar) {
    std::vector<std::string> names;
    for (const auto& [key, value] : first.members) {
      names.push_back(key);
    }
    const ValueTree columns = columns_of(list.items, names);
    keep_curve(*parts_of(columns), "", evaluation);
    return;
  }
  std::size_t number = 0;
  for (const ValueTree& item : list.items) {
    if (const auto found = parts_of(item)) {
      read_parts(*found, label_of(item, number), evaluation);
    }
    ++number;
  }
}

// Below a key: "roc" and its like say what is there, all others of which class or model it is.
std::string label_below(const std::string& label, const std::string& key)
{
  constexpr std::array<std::string_view, 7> k_kinds = {
      "roc", "roc_curve", "pr", "pr_curve", "precision_recall", "precision_recall_curve", "curves"};
  const bool is_kind =
      std::find(k_kinds.begin(), k_kinds.end(), model::lower_case(key)) != k_kinds.end();
  if (is_kind) {
    return label;
  }
  return label.empty() ? key : label + " " + key;
}

void read_object(const ValueTree& object, const std::string& label, int depth,
                 Evaluation& evaluation)
{
  if (const auto parts = parts_of(object)) {
    read_parts(*parts, label, evaluation);
    return;
  }
  const ValueTree* names = evaluation_member(object, {"columns"});
  const ValueTree* data = evaluation_member(object, {"data"});
  if (names != nullptr && data != nullptr) {  // pandas, to_json(orient="split")
    std::vector<std::string> words;
    for (const ValueTree& name : names->items) {
      words.push_back(name.text);
    }
    const ValueTree columns = columns_of(data->items, words);
    if (const auto parts = parts_of(columns)) {
      keep_curve(*parts, label, evaluation);
    }
    return;
  }
  for (const auto& [key, value] : object.members) {
    if (depth > 0 && value.kind == ValueTree::Kind::map) {
      read_object(value, label_below(label, key), depth - 1, evaluation);
    }
  }
}

}  // namespace

void read_json_curves(const ValueTree& tree, Evaluation& evaluation)
{
  if (tree.kind == ValueTree::Kind::list) {
    read_list(tree, evaluation);
  } else {
    read_object(tree, "", k_deepest_curve, evaluation);
  }
  limit_curves(evaluation);
}

}  // namespace mlrepro::format
