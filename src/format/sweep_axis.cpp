// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/sweep_axis.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <optional>
#include <set>
#include <string_view>

#include "mlrepro/format/event_lines.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::format {
namespace {

using model::Error;
using model::ErrorKind;

constexpr double k_largest_whole = 9007199254740992;  // 2^53: beyond, doubles skip whole numbers

// "A..B", "A..B:STEP" and "A..B:log".
struct RangeText {
  std::string_view low;
  std::string_view high;
  std::string_view rest;  // behind the colon
};

bool is_whole(std::string_view text)
{
  return parse_integer(text).has_value();
}

// Only what begins and ends as numbers is a range: "../data" and "a..b" are texts.
std::optional<RangeText> find_range(std::string_view text)
{
  const std::size_t dots = text.find("..");
  if (dots == std::string_view::npos || dots == 0) {
    return std::nullopt;
  }
  RangeText range;
  range.low = text.substr(0, dots);
  range.high = text.substr(dots + 2);
  if (const std::size_t colon = range.high.find(':'); colon != std::string_view::npos) {
    range.rest = range.high.substr(colon + 1);
    range.high = range.high.substr(0, colon);
  }
  const auto low = parse_number(range.low);
  const auto high = parse_number(range.high);
  const bool numbers = low && high && std::isfinite(*low) && std::isfinite(*high);
  return numbers ? std::optional(range) : std::nullopt;
}

class AxisReader {
 public:
  explicit AxisReader(const std::string& text) : text_(text) {}

  model::SweepAxis read()
  {
    const std::size_t equals = text_.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw Error(ErrorKind::usage, "--each '" + text_ + "': not KEY=VALUE,VALUE",
                  "write it as in --each lr=0.1,0.3");
    }
    axis_.key = text_.substr(0, equals);
    check_name("parameter", axis_.key);
    check_key();
    const auto items = split(std::string_view(text_).substr(equals + 1));
    for (const std::string& item : items) {
      add(item, items.size() == 1);
    }
    std::set<std::string> seen;
    for (const std::string& value : axis_.values) {
      if (!seen.insert(value).second) {
        refuse("the value '" + value + "' is there twice");
      }
    }
    return std::move(axis_);
  }

 private:
  [[noreturn]] void refuse(const std::string& why, const std::string& hint = {}) const
  {
    throw Error(ErrorKind::usage, "--each '" + text_ + "': " + why, hint);
  }

  // It stands in braces in the command.
  void check_key() const
  {
    const auto fits = [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '-' ||
             c == '/';
    };
    const auto first = static_cast<unsigned char>(axis_.key.front());
    if ((std::isalpha(first) == 0 && axis_.key.front() != '_') ||
        !std::all_of(axis_.key.begin(), axis_.key.end(), fits)) {
      refuse("'" + axis_.key + "' can't stand in braces",
             "begin with a letter, and use letters, digits and _ . - /");
    }
    if (axis_.key == "item") {
      refuse("{item} is the number of the run", "choose another name");
    }
  }

  [[nodiscard]] std::vector<std::string> split(std::string_view text) const
  {
    std::vector<std::string> items(1);
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\\' && i + 1 < text.size() && text[i + 1] == ',') {
        items.back() += ',';
        ++i;
      } else if (text[i] == ',') {
        items.emplace_back();
      } else {
        items.back() += text[i];
      }
    }
    if (std::find(items.begin(), items.end(), "") != items.end()) {
      refuse("an empty value", "separate values by one comma: --each " + axis_.key + "=1,2");
    }
    return items;
  }

  void add(const std::string& item, bool alone)
  {
    const auto range = find_range(item);
    if (!range) {
      push(item);
    } else if (range->rest.empty() && is_whole(range->low) && is_whole(range->high)) {
      add_whole(*range, alone);
    } else if (range->rest.empty() || range->rest == "log") {
      set_range(*range, item, alone);
    } else {
      add_steps(*range, item);
    }
  }

  void push(std::string value)
  {
    if (axis_.values.size() == k_most_axis_values) {
      refuse("more than " + std::to_string(k_most_axis_values) + " values",
             "give a range, and draw from it with --sample N");
    }
    axis_.values.push_back(std::move(value));
  }

  void add_whole(const RangeText& range, bool alone)
  {
    const std::int64_t low = *parse_integer(range.low);
    const std::int64_t high = *parse_integer(range.high);
    check_order(static_cast<double>(low), static_cast<double>(high));
    const bool many =
        static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low) >= k_most_axis_values;
    if (alone && many) {
      set_limits(static_cast<double>(low), static_cast<double>(high), true, false);
      return;
    }
    for (std::int64_t value = low;; ++value) {
      push(std::to_string(value));
      if (value == high) {
        break;
      }
    }
  }

  void set_range(const RangeText& range, const std::string& item, bool alone)
  {
    if (!alone) {
      refuse("'" + item + "' is a range to draw from, which can't stand beside other values",
             "give its values a distance, as in 0.1..0.5:0.1");
    }
    const bool logarithmic = range.rest == "log";
    set_limits(*parse_number(range.low), *parse_number(range.high),
               is_whole(range.low) && is_whole(range.high), logarithmic);
  }

  void set_limits(double low, double high, bool whole, bool logarithmic)
  {
    check_order(low, high);
    if (logarithmic && low <= 0) {
      refuse("a logarithmic range begins above 0");
    }
    if (whole && (std::fabs(low) > k_largest_whole || std::fabs(high) > k_largest_whole)) {
      refuse("whole numbers up to 2^53 can be drawn");
    }
    axis_.range = model::SweepRange{low, high, whole, logarithmic};
  }

  void add_steps(const RangeText& range, const std::string& item)
  {
    const auto step = parse_number(range.rest);
    if (!step || !std::isfinite(*step) || *step <= 0) {
      refuse(
          "'" + std::string(range.rest) + "' in '" + item + "' is no distance above 0 and not log",
          "write it as in 0..1:0.25 or 0.001..0.1:log");
    }
    const double low = *parse_number(range.low);
    const double high = *parse_number(range.high);
    check_order(low, high);
    // What rounding adds to the last value must not cost it its place.
    const double count = std::floor((high - low) / *step * (1 + 1e-12) + 1e-9);
    for (double number = 0; number <= count; ++number) {
      std::array<char, 40> text{};
      const int length = std::snprintf(text.data(), text.size(), "%.12g", low + number * *step);
      push({text.data(), static_cast<std::size_t>(length)});
    }
  }

  void check_order(double low, double high) const
  {
    if (!(low < high)) {
      refuse("a range goes up", "put the smaller number first");
    }
  }

  const std::string& text_;
  model::SweepAxis axis_;
};

}  // namespace

model::SweepAxis parse_sweep_axis(const std::string& text)
{
  return AxisReader(text).read();
}

std::vector<model::SweepAxis> parse_sweep_axes(const std::vector<std::string>& texts)
{
  std::vector<model::SweepAxis> axes;
  std::set<std::string> keys;
  for (const std::string& text : texts) {
    axes.push_back(parse_sweep_axis(text));
    if (!keys.insert(axes.back().key).second) {
      throw Error(ErrorKind::usage, "--each: '" + axes.back().key + "' is there twice",
                  "give all its values at once: --each " + axes.back().key + "=1,2");
    }
  }
  return axes;
}

}  // namespace mlrepro::format
