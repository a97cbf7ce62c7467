// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/model/row_diff.hpp"
#include "mlrepro/plan/match_columns.hpp"

namespace mlrepro::plan {

// What `--tolerance` says: of one column, or of every column of numbers where that is empty.
struct CellTolerance {
  std::string column;
  model::Tolerance tolerance;
};

// "0.01", "1%", "price=0.01", "price=1%": how much |b - a| may be, absolutely or of |a|. Throws
// Error{usage}.
CellTolerance parse_cell_tolerance(std::string_view text);

// The columns that the words of `option` name, each a name or several with commas between; a name
// with a comma in it is found, too. Every one is checked by `known` columns: Error{usage} says
// which `place` has none of that name, and what is near.
std::vector<std::string> column_names(const std::string& option,
                                      const std::vector<std::string>& words,
                                      const std::vector<std::string>& known,
                                      const std::string& place);

// Where the key's columns are among the pairs, in the order of the key. Error{usage} for one that a
// side does not have; `a` and `b` are what the sides are called.
std::vector<std::size_t> key_places(const std::vector<std::string>& key,
                                    const std::vector<NamedColumn>& columns_a,
                                    const std::vector<NamedColumn>& columns_b,
                                    const ColumnMatch& match);

// Error{usage} for a tolerance that names a column of the key: rows are paired by equal values.
void refuse_key_tolerances(const std::vector<CellTolerance>& given,
                           const std::vector<std::string>& key);

// The tolerance of each pair; a later one wins, and one with a name wins over those without.
// Error{usage} for a named column that is not compared as a number.
std::vector<model::Tolerance> tolerances_of(const std::vector<CellTolerance>& given,
                                            const std::vector<NamedColumn>& columns_a,
                                            const std::vector<NamedColumn>& columns_b,
                                            const ColumnMatch& match);

// Whether a pair is compared as numbers.
bool is_numeric(const NamedColumn& a, const NamedColumn& b);

}  // namespace mlrepro::plan
