// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/report.hpp"

namespace mlrepro::format {

// A square of numbers whose rows and columns are named apart, as they stand in a file.
struct NamedSquare {
  std::vector<std::string> rows;     // one name a row
  std::vector<std::string> columns;  // as many
  std::string corner;          // the field above the names of the rows: "true", "Predicted", …
  std::vector<double> values;  // row after row
};

// The confusion matrix that it is: with true classes down, whichever way the file has them; with
// classes by their own names, "actual_cat" beside "pred_cat" being "cat"; without margins
// ("All", "Total"). Absent where rows and columns name different classes. Of a file that is `named`
// a confusion matrix, rows may also be in another order, or only numbered from 0.
std::optional<model::ConfusionMatrix> confusion_of(NamedSquare square, bool named);

}  // namespace mlrepro::format
