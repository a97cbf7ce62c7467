// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/byte_range.hpp"

#include <algorithm>
#include <charconv>

namespace mlrepro::plan {
namespace {

// Digits only; what is beyond 64 bits is beyond every content.
std::optional<std::uint64_t> parse_position(std::string_view text)
{
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} ? value : UINT64_MAX;
}

}  // namespace

RangePlan plan_range(std::optional<std::string_view> field, std::uint64_t size)
{
  constexpr std::string_view k_unit = "bytes=";
  const RangePlan whole{RangeAnswer::whole, {0, size}};
  if (!field || !field->starts_with(k_unit)) {
    return whole;
  }
  const std::string_view text = field->substr(k_unit.size());
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos || text.find(',') != std::string_view::npos) {
    return whole;
  }
  const std::string_view first_text = text.substr(0, dash);
  const std::string_view last_text = text.substr(dash + 1);
  const auto first = parse_position(first_text);
  const auto last = parse_position(last_text);
  if ((!first && !first_text.empty()) || (!last && !last_text.empty()) || (!first && !last) ||
      (first && last && *last < *first)) {
    return whole;
  }
  if (!first) {
    const std::uint64_t length = std::min(*last, size);
    return length == 0 ? RangePlan{RangeAnswer::unsatisfiable, {0, 0}}
                       : RangePlan{RangeAnswer::part, {size - length, length}};
  }
  if (*first >= size) {
    return {RangeAnswer::unsatisfiable, {0, 0}};
  }
  const std::uint64_t end = last ? std::min(*last, size - 1) : size - 1;
  return {RangeAnswer::part, {*first, end - *first + 1}};
}

}  // namespace mlrepro::plan
