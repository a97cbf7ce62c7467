// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "format/rate_curve.hpp"
#include "mlrepro/format/evaluation_file.hpp"

namespace mlrepro::format {

// Of CSV and TSV. Throws Error{corrupt} for what is malformed.
Evaluation read_evaluation_table(const std::string& name, std::string_view content, char separator);

// Pieces that both forms share.
std::string plain_key(const std::string& name);  // in lower case, with "_" for blanks and "-"
// Takes a matrix that is one: square, and all counts, or of a file that is `named` one any finite
// number from 0 up.
void keep_matrix(Evaluation& evaluation, model::ConfusionMatrix matrix, bool named);
// Drops the curves where there are more than k_most_classes, and keeps their number.
void limit_curves(Evaluation& evaluation);
std::vector<std::string> numbered_labels(std::size_t count);  // "0", "1", …

}  // namespace mlrepro::format
