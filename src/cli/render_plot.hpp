// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "cli/text_table.hpp"
#include "mlrepro/plan/series_sketch.hpp"

namespace mlrepro::cli {

// braille: eight dots a character, for terminals of UTF-8.
enum class Charset { ascii, braille };

struct PlotFrame {
  std::size_t columns = 80;  // of the whole plot, axis and labels included
  std::size_t rows = 12;     // of the curve alone
  Charset charset = Charset::braille;
};

// The name of a series, what there is to say about it in words, and its curve over the steps. A
// series without two steps or values to draw between has words only. Where several values fall on
// one place, the least and the greatest are drawn, so that no peak is lost.
std::string render_plot(const std::string& name, const plan::SeriesSketch& series,
                        const PlotFrame& frame, Style style);

}  // namespace mlrepro::cli
