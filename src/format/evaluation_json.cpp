// SPDX-License-Identifier: Apache-2.0
#include "format/evaluation_json.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "format/confusion_names.hpp"
#include "format/evaluation_table.hpp"
#include "mlrepro/format/json_text.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/ascii.hpp"

namespace mlrepro::format {
namespace {

// Matrices stand at the top, or below what holds other results of an evaluation, too.
constexpr int k_deepest_matrix = 3;

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

const ValueTree* label_list(const ValueTree& object)
{
  return evaluation_member(object, {"labels", "classes", "class_names", "target_names"});
}

void read_matrix(const ValueTree& rows, NamedSquare square, bool named, Evaluation& evaluation)
{
  if (rows.kind != ValueTree::Kind::list || rows.items.empty()) {
    return;
  }
  for (const ValueTree& row : rows.items) {
    const auto values = evaluation_numbers(&row);
    if (!values || values->size() != rows.items.size()) {
      return;
    }
    square.values.insert(square.values.end(), values->begin(), values->end());
  }
  if (square.rows.empty()) {
    square.rows = numbered_labels(rows.items.size());
    square.columns = square.rows;
  }
  if (auto matrix = confusion_of(std::move(square), named)) {
    keep_matrix(evaluation, std::move(*matrix), named);
  }
}

void read_with_labels(const ValueTree& rows, const ValueTree* labels, bool named,
                      Evaluation& evaluation)
{
  const std::vector<std::string> words = texts(labels);
  read_matrix(rows, {words, words, {}, {}}, named, evaluation);
}

// pandas, to_json(orient="split")
void read_split(const ValueTree& object, bool named, Evaluation& evaluation)
{
  const ValueTree* data = evaluation_member(object, {"data"});
  const std::vector<std::string> columns = texts(evaluation_member(object, {"columns"}));
  if (data != nullptr && !columns.empty()) {
    read_matrix(*data, {texts(evaluation_member(object, {"index"})), columns, {}, {}}, named,
                evaluation);
  }
}

// An object that has a matrix, or has one further down. `said`: that it has one, by the name of the
// file or of the key above; below others, only "confusion_matrix" is one.
void find_matrix(const ValueTree& object, bool said, int depth, Evaluation& evaluation)
{
  const ValueTree* rows = evaluation_member(object, {"confusion_matrix", "confusion", "cm"});
  if (rows == nullptr && (said || depth == k_deepest_matrix)) {
    rows = evaluation_member(object, {"matrix", "values"});
  }
  if (rows != nullptr) {
    read_with_labels(*rows, label_list(object), said, evaluation);
  }
  if (evaluation.empty()) {
    read_split(object, said, evaluation);
  }
  for (const auto& [key, value] : object.members) {
    if (evaluation.empty() && depth > 1 && value.kind == ValueTree::Kind::map) {
      find_matrix(value, said || names_confusion(key), depth - 1, evaluation);
    }
  }
}

// Most JSON files are none, and the tree of one takes many times its size: a key can be looked for
// without it.
bool has_a_known_key(std::string_view content)
{
  constexpr std::array<std::string_view, 7> k_keys = {"fpr",       "positive", "recall",   "matrix",
                                                      "confusion", "\"cm\"",   "\"index\""};
  const std::string lower = model::lower_case(content);
  return std::any_of(k_keys.begin(), k_keys.end(),
                     [&](std::string_view key) { return lower.find(key) != std::string::npos; });
}

}  // namespace

const ValueTree* evaluation_member(const ValueTree& object,
                                   std::initializer_list<const char*> names)
{
  for (const auto& [key, value] : object.members) {
    if (std::find(names.begin(), names.end(), plain_key(key)) != names.end()) {
      return &value;
    }
  }
  return nullptr;
}

std::optional<std::vector<double>> evaluation_numbers(const ValueTree* list, Nulls nulls)
{
  if (list == nullptr || list->kind != ValueTree::Kind::list) {
    return std::nullopt;
  }
  std::vector<double> values;
  values.reserve(list->items.size());
  for (const ValueTree& item : list->items) {
    auto value = item.kind == ValueTree::Kind::scalar ? parse_number(item.text) : std::nullopt;
    if (!value && nulls == Nulls::nan && item.text == "null") {
      value = std::nan("");
    }
    if (!value) {
      return std::nullopt;
    }
    values.push_back(*value);
  }
  return values;
}

Evaluation read_evaluation_json(const std::string& name, std::string_view content)
{
  const bool named = names_confusion(name);
  if (!named && !has_a_known_key(content)) {
    return {};
  }
  const ValueTree tree = parse_json_tree(name, content);
  Evaluation evaluation;
  if (named && tree.kind == ValueTree::Kind::list) {
    read_with_labels(tree, nullptr, named, evaluation);
  }
  find_matrix(tree, named, k_deepest_matrix, evaluation);
  if (evaluation.empty()) {
    read_json_curves(tree, evaluation);
  }
  return evaluation;
}

}  // namespace mlrepro::format
