// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mlrepro::plan {

struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t length = 0;

  bool operator==(const ByteRange&) const = default;
};

enum class RangeAnswer {
  whole,          // there is no range, or none that has to be understood
  part,           // only `range`
  unsatisfiable,  // nothing of what is asked for is there
};

struct RangePlan {
  RangeAnswer answer = RangeAnswer::whole;
  ByteRange range;  // of a part; else everything
};

// What a Range field asks of a content of `size` bytes (RFC 9110, section 14). Of several ranges
// none is taken: the whole content answers them, too.
RangePlan plan_range(std::optional<std::string_view> field, std::uint64_t size);

}  // namespace mlrepro::plan
