// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "mlrepro/model/source_check.hpp"

namespace mlrepro::plan {

struct ColumnChanges {
  std::vector<model::QueryColumn> added;
  std::vector<model::QueryColumn> removed;
  std::vector<model::RetypedColumn> retyped;
  bool reordered = false;
  std::size_t common = 0;  // columns that both have
};

// Whether both sides are of one kind of source, which calls equal types by equal names.
enum class TypeNames { same, foreign };

// By name. A column has another type when the source calls it something else, and also when its
// values, which decide where the source does not, are of another kind; how many places decimal
// numbers happen to have is of no account. Where the names are foreign to each other, a number is a
// number, whichever type holds it, and everything else what it is stored as.
ColumnChanges compare_columns(const std::vector<model::QueryColumn>& then,
                              const std::vector<model::QueryColumn>& now, TypeNames names);

}  // namespace mlrepro::plan
