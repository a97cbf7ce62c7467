// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "mlrepro/model/row_diff.hpp"
#include "mlrepro/plan/column_kind.hpp"

namespace mlrepro::plan {

struct NamedColumn {
  std::string name;
  std::string type;  // in words, as it is shown
  ColumnKind kind = ColumnKind::text;
  // Of CSV: the cell is text, whatever its kind, and the empty text is NULL.
  bool from_text = false;
};

// How two columns are made comparable: what both are turned into.
enum class CellForm : std::uint8_t {
  as_it_is,  // one type on both sides
  truth,
  whole,         // 64 bits
  huge,          // 128 bits
  single,        // the nearest 32-bit number
  floating,      // the nearest 64-bit number
  exact_number,  // the digits, without what does not change the value
  date,
  moment,
  text,  // as it stands
};

// So that no two different values become one: only numbers that are binary on one side at least
// are compared as such.
CellForm form_of(const NamedColumn& a, const NamedColumn& b);

// Columns of two tables that are one: by position on each side, in the order of a.
struct MatchedColumn {
  std::size_t a = 0;
  std::size_t b = 0;
};

struct ColumnMatch {
  std::vector<MatchedColumn> pairs;
  std::vector<std::size_t> only_a;
  std::vector<std::size_t> only_b;
};

// By name. Ignored names are nowhere in it.
ColumnMatch match_columns(const std::vector<NamedColumn>& a, const std::vector<NamedColumn>& b,
                          const std::vector<std::string>& ignored);

// What identifies the values of a column, whatever their order.
struct ColumnContent {
  std::string sum;      // equal for equal values only
  bool varied = false;  // has two different values at least
};

// Columns of one side only that are certainly one column under two names: of a form, with the
// same varied content, and no third column like it. They are moved to the pairs.
void match_renamed(const std::vector<NamedColumn>& a, const std::vector<NamedColumn>& b,
                   const std::vector<ColumnContent>& content_a,
                   const std::vector<ColumnContent>& content_b, ColumnMatch& match);

// Between files of which one is CSV, types count as far as CSV can have them.
model::TableSchemaDiff describe_schema(const std::vector<NamedColumn>& a,
                                       const std::vector<NamedColumn>& b, const ColumnMatch& match);

}  // namespace mlrepro::plan
