// SPDX-License-Identifier: Apache-2.0
#include "cli/render_plot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <sstream>

namespace mlrepro::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

plan::SeriesSketch sketch_of(const std::vector<double>& values)
{
  plan::SeriesSketch sketch;
  for (std::size_t i = 0; i < values.size(); ++i) {
    sketch.add({values[i], static_cast<std::int64_t>(i), {}});
  }
  return sketch;
}

std::vector<std::string> lines_of(const std::string& text)
{
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  return lines;
}

TEST(Plot, DrawsALineInAscii)
{
  EXPECT_EQ(render_plot("loss", sketch_of({4, 3, 2, 1}), {14, 4, Charset::ascii}, Style::plain),
            "loss  4\n"
            "points, steps\n"
            "0 to 3, last\n"
            "1, min 1 (step\n"
            "3), max 4\n"
            "(step 0)\n"
            "4 +**\n"
            "  |  ***\n"
            "2 +     ****\n"
            "1 +         **\n"
            "  +-----------\n"
            "   0         3\n");
}

TEST(Plot, IsAsWideAsItsFrame)
{
  std::vector<double> values;
  for (int i = 0; i < 10'000; ++i) {
    values.push_back(std::sin(i / 100.0));
  }
  for (const Charset charset : {Charset::ascii, Charset::braille}) {
    for (const std::size_t columns : {30U, 80U, 237U}) {
      const auto lines =
          lines_of(render_plot("a", sketch_of(values), {columns, 12, charset}, Style::plain));
      std::size_t widest = 0;
      for (std::size_t i = lines.size() - 14; i < lines.size(); ++i) {
        widest = std::max(widest, display_width(lines[i]));
      }
      EXPECT_EQ(widest, columns);
    }
  }
}

TEST(Plot, NeedsTwoStepsForACurve)
{
  const auto text = render_plot("acc", sketch_of({0.5}), {80, 12, Charset::ascii}, Style::plain);
  EXPECT_EQ(text, "acc  1 point, step 0, last 0.5\n");
}

TEST(Plot, SaysWhatItCanNotDraw)
{
  const double infinity = std::numeric_limits<double>::infinity();
  const auto text = render_plot("x", sketch_of({1, std::nan(""), infinity, 2}),
                                {100, 3, Charset::ascii}, Style::plain);
  EXPECT_THAT(text, HasSubstr("1 NaN, 1 infinite"));
  EXPECT_EQ(lines_of(render_plot("x", sketch_of({infinity, infinity}), {100, 3, Charset::ascii},
                                 Style::plain))
                .size(),
            1U);
}

TEST(Plot, TakesTheLargestNumbersThereAre)
{
  const double most = std::numeric_limits<double>::max();
  const auto lines = lines_of(
      render_plot("x", sketch_of({-most, most, -most}), {100, 5, Charset::ascii}, Style::plain));
  ASSERT_EQ(lines.size(), 8U);
  EXPECT_THAT(lines[1], HasSubstr("*"));
  EXPECT_THAT(lines[5], HasSubstr("*"));
  const auto flat = render_plot("x", sketch_of({0, 0}), {100, 5, Charset::ascii}, Style::plain);
  EXPECT_THAT(lines_of(flat)[3], HasSubstr("*****"));
}

TEST(Plot, ShowsNoControlCharactersAndColoursOnlyATerminal)
{
  const auto sketch = sketch_of({1, 2});
  EXPECT_THAT(render_plot("a\x1b[31m", sketch, {80, 4, Charset::braille}, Style::plain),
              Not(HasSubstr("\x1b")));
  EXPECT_THAT(render_plot("a", sketch, {80, 4, Charset::braille}, Style::terminal),
              HasSubstr("\x1b["));
}

}  // namespace
}  // namespace mlrepro::cli
