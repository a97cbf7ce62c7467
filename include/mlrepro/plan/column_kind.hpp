// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mlrepro::plan {

// What the values of a column are.
enum class ColumnKind : std::uint8_t {
  empty,     // NULL throughout
  truth,     // true and false
  integer,   // that 64 bits with a sign hold
  huge,      // that 128 bits with a sign hold
  decimal,   // with a fixed number of places
  single,    // 32-bit floating point
  floating,  // 64-bit floating point
  date,
  moment,   // a date with a time
  instant,  // one of which the zone is known; cells without one are in UTC
  text,
  other,  // as the engine has it: lists, blobs, times of day, …
};

// Of a type in the table engine's words.
ColumnKind kind_of_type(std::string_view type);
// The type that a column of text in CSV is said to have.
std::string_view type_of_kind(ColumnKind kind);
bool is_number(ColumnKind kind);
bool is_time(ColumnKind kind);  // a date, or one with a time

// The kinds that text is tested for, the narrowest first; text itself needs no test. An integer
// has no leading zero, sign '+' or blank, so that its text can be told from its value; digits that
// are too many for a floating-point number are not taken for one.
inline constexpr std::array k_tested_kinds = {ColumnKind::truth, ColumnKind::integer,
                                              ColumnKind::huge,  ColumnKind::floating,
                                              ColumnKind::date,  ColumnKind::moment};

// How many cells of a column of text are there, and how many of them are of each tested kind.
struct KindCounts {
  std::uint64_t cells = 0;  // that are not NULL
  std::array<std::uint64_t, k_tested_kinds.size()> of_kind{};
};

// The first tested kind that all cells are of, else text.
ColumnKind narrowest_kind(const KindCounts& counts);

}  // namespace mlrepro::plan
