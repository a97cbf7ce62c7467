// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/value_tree.hpp"
#include "mlrepro/format/evaluation_file.hpp"

namespace mlrepro::format {

// Throws Error{usage} for what is no JSON.
Evaluation read_evaluation_json(const std::string& name, std::string_view content);

// The curves of a tree: of an object with rates, of one for each class or model, or in the shapes
// of pandas (docs/reports.md).
void read_json_curves(const ValueTree& tree, Evaluation& evaluation);

// The first member with one of the names, in any case and with blanks or "-" for "_"; null: none.
const ValueTree* evaluation_member(const ValueTree& object,
                                   std::initializer_list<const char*> names);
// Of a list of numbers; absent where something else is in it. A null is one with `nulls`: NaN.
enum class Nulls { refused, nan };
std::optional<std::vector<double>> evaluation_numbers(const ValueTree* list,
                                                      Nulls nulls = Nulls::refused);

}  // namespace mlrepro::format
