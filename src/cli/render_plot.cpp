// SPDX-License-Identifier: Apache-2.0
#include "cli/render_plot.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "cli/render.hpp"
#include "mlrepro/format/number_text.hpp"

namespace mlrepro::cli {
namespace {

using plan::SeriesSketch;

constexpr std::size_t k_least_width = 10;  // of the curve

// Dots that are set or not, from the top left.
class Canvas {
 public:
  Canvas(std::size_t width, std::size_t height, Charset charset)
      : charset_(charset),
        dots_across_(charset == Charset::braille ? 2 : 1),
        dots_down_(charset == Charset::braille ? 4 : 1),
        width_(width * dots_across_),
        height_(height * dots_down_),
        dots_(width_ * height_)
  {
  }

  [[nodiscard]] std::size_t width() const { return width_; }
  [[nodiscard]] std::size_t height() const { return height_; }

  void set(std::size_t x, std::size_t y) { dots_[y * width_ + x] = true; }

  void line(std::int64_t x0, std::int64_t y0, std::int64_t x1, std::int64_t y1)
  {
    const std::int64_t length = std::max({std::abs(x1 - x0), std::abs(y1 - y0), std::int64_t{1}});
    for (std::int64_t i = 0; i <= length; ++i) {
      const auto between = [&](std::int64_t from, std::int64_t to) {
        return static_cast<std::size_t>(
            std::llround(static_cast<double>(from) +
                         static_cast<double>((to - from) * i) / static_cast<double>(length)));
      };
      set(between(x0, x1), between(y0, y1));
    }
  }

  // One line of characters, trailing blanks left out.
  [[nodiscard]] std::string row(std::size_t number) const
  {
    std::string text;
    std::size_t kept = 0;
    for (std::size_t x = 0; x < width_; x += dots_across_) {
      const std::string cell = cell_at(x, number * dots_down_);
      text += cell;
      kept = cell == " " ? kept : text.size();
    }
    text.resize(kept);
    return text;
  }

 private:
  [[nodiscard]] bool at(std::size_t x, std::size_t y) const { return dots_[y * width_ + x]; }

  [[nodiscard]] std::string cell_at(std::size_t x, std::size_t y) const
  {
    if (charset_ == Charset::ascii) {
      return at(x, y) ? "*" : " ";
    }
    // U+2800 and a bit for each dot: down the left, down the right, then the last row of both.
    constexpr std::array<std::array<unsigned, 2>, 4> k_bits = {
        {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}};
    unsigned bits = 0;
    for (std::size_t row = 0; row < 4; ++row) {
      for (std::size_t column = 0; column < 2; ++column) {
        bits |= at(x + column, y + row) ? k_bits[row][column] : 0;
      }
    }
    if (bits == 0) {
      return " ";
    }
    return {static_cast<char>(0xe2), static_cast<char>(0xa0U | (bits >> 6U)),
            static_cast<char>(0x80U | (bits & 0x3fU))};
  }

  Charset charset_;
  std::size_t dots_across_;
  std::size_t dots_down_;
  std::size_t width_;
  std::size_t height_;
  std::vector<bool> dots_;
};

struct Range {
  double low = 0;
  double high = 0;
};

// Room around a constant; halves, since the distance of two numbers may be none.
Range value_range(const SeriesSketch& series)
{
  Range range{series.min()->value, series.max()->value};
  if (range.low == range.high) {
    const double margin = range.low == 0 ? 1 : std::abs(range.low) / 10;
    range = {range.low - margin, range.high + margin};
  }
  return range;
}

double share(double value, const Range& range)
{
  return (value / 2 - range.low / 2) / (range.high / 2 - range.low / 2);
}

double value_at(double part, const Range& range)
{
  return range.low * (1 - part) + range.high * part;
}

void draw(const SeriesSketch& series, const Range& values, Canvas& canvas)
{
  const Range steps{static_cast<double>(series.first_step()),
                    static_cast<double>(series.last_step())};
  const auto across = [&](std::int64_t step) {
    return std::llround(share(static_cast<double>(step), steps) *
                        static_cast<double>(canvas.width() - 1));
  };
  const auto down = [&](double value) {
    return std::llround((1 - share(value, values)) * static_cast<double>(canvas.height() - 1));
  };
  struct Place {
    std::int64_t x = 0;
    SeriesSketch::Span span;
  };
  std::vector<Place> places;
  for (const auto& [step, span] : series.spans()) {
    const std::int64_t x =
        std::clamp<std::int64_t>(across(step), 0, static_cast<std::int64_t>(canvas.width()) - 1);
    if (places.empty() || places.back().x != x) {
      places.push_back({x, span});
    } else {
      places.back().span.min = std::min(places.back().span.min, span.min);
      places.back().span.max = std::max(places.back().span.max, span.max);
    }
  }
  const auto middle = [&](const SeriesSketch::Span& span) {
    return down(span.min / 2 + span.max / 2);
  };
  for (std::size_t i = 0; i < places.size(); ++i) {
    const Place& place = places[i];
    canvas.line(place.x, down(place.span.max), place.x, down(place.span.min));
    if (i > 0) {
      canvas.line(places[i - 1].x, middle(places[i - 1].span), place.x, middle(place.span));
    }
  }
}

std::string words(const SeriesSketch& series)
{
  const auto count = static_cast<std::uint64_t>(series.summary().count);
  std::string text = format::counted(count, "point");
  if (series.first_step() == series.last_step()) {
    text += ", step " + std::to_string(series.first_step());
  } else {
    text += ", steps " + std::to_string(series.first_step()) + " to " +
            std::to_string(series.last_step());
  }
  text += ", last " + short_number(series.summary().last);
  if (series.min() && count > 1) {
    const auto extreme = [](const SeriesSketch::Extreme& found) {
      return short_number(found.value) + " (step " + std::to_string(found.step) + ")";
    };
    text += ", min " + extreme(*series.min()) + ", max " + extreme(*series.max());
  }
  if (series.nan_count() > 0) {
    text += ", " + std::to_string(series.nan_count()) + " NaN";
  }
  if (series.infinite_count() > 0) {
    text += ", " + std::to_string(series.infinite_count()) + " infinite";
  }
  return text;
}

// The last step ends where the curve does, as far as there is room.
std::string step_labels(const SeriesSketch& series, std::size_t indent, std::size_t width)
{
  const std::string first = std::to_string(series.first_step());
  const std::string last = std::to_string(series.last_step());
  const std::size_t room =
      first.size() + last.size() < width ? width - first.size() - last.size() : 1;
  return std::string(indent, ' ') + first + std::string(room, ' ') + last;
}

}  // namespace

std::string render_plot(const std::string& name, const SeriesSketch& series, const PlotFrame& frame,
                        Style style)
{
  std::string out;
  for (const std::string& line :
       wrap(printable(name) + "  " + words(series), std::max(frame.columns, k_least_width))) {
    out += out.empty() && line.starts_with(printable(name))
               ? paint(printable(name), Tone::strong, style) + line.substr(printable(name).size())
               : line;
    out += "\n";
  }
  if (!series.min() || series.first_step() == series.last_step()) {
    return out;
  }
  const Range values = value_range(series);
  const bool ascii = frame.charset == Charset::ascii;
  const std::size_t middle = frame.rows / 2;
  std::vector<std::string> labels(frame.rows);
  labels.front() = short_number(values.high);
  labels.back() = short_number(values.low);
  labels[middle] = short_number(
      value_at(1 - static_cast<double>(middle) / static_cast<double>(frame.rows - 1), values));
  const std::size_t label_width =
      std::max({labels.front().size(), labels.back().size(), labels[middle].size()});
  const std::size_t used = label_width + 2;
  const std::size_t width =
      frame.columns > used + k_least_width ? frame.columns - used : k_least_width;
  Canvas canvas(width, frame.rows, frame.charset);
  draw(series, values, canvas);
  for (std::size_t row = 0; row < frame.rows; ++row) {
    const std::string& label = labels[row];
    const std::string axis = label.empty() ? (ascii ? "|" : "│") : (ascii ? "+" : "┤");
    out += std::string(label_width - label.size(), ' ') + label + " " +
           paint(axis, Tone::faint, style) + paint(canvas.row(row), Tone::accent, style) + "\n";
  }
  std::string line = ascii ? "+" : "└";
  for (std::size_t i = 0; i < width; ++i) {
    line += ascii ? "-" : "─";
  }
  out += std::string(label_width + 1, ' ') + paint(line, Tone::faint, style) + "\n";
  return out + step_labels(series, used, width) + "\n";
}

}  // namespace mlrepro::cli
