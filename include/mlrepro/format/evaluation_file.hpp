// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/model/report.hpp"

namespace mlrepro::format {

// More classes than that can't be read in a picture.
inline constexpr std::size_t k_most_classes = 60;

// What a CSV, TSV or JSON file holds that can be drawn (docs/reports.md, "Files that are drawn").
// `too_many_classes` and `too_many_curves` are their number where a confusion matrix has more than
// k_most_classes, or a file more such curves, and they are left out.
struct Evaluation {
  std::optional<model::ConfusionMatrix> matrix;
  std::vector<model::RateCurve> curves;
  std::optional<std::size_t> too_many_classes;
  std::optional<std::size_t> too_many_curves;

  [[nodiscard]] bool empty() const
  {
    return !matrix && curves.empty() && !too_many_classes && !too_many_curves;
  }
};

// Whether "confusion" is part of it, so that it says what the file is.
bool names_confusion(const std::string& name);

// Whether the name's ending is one that read_evaluation looks at.
bool may_hold_evaluation(const std::string& name);

// Empty for all that has none of the recognised shapes; nothing in the content is an error.
Evaluation read_evaluation(const std::string& name, std::string_view content);

// "image/png", "image/jpeg", "image/gif", "image/webp" or "image/svg+xml" by how the content
// begins; empty for all else.
std::string_view picture_type(std::string_view content);

}  // namespace mlrepro::format
