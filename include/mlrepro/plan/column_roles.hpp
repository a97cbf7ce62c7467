// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "mlrepro/model/query_result.hpp"

namespace mlrepro::plan {

// What the columns of a query's answer are there for, as asked for by name: each text is a name, or
// several with commas between; a name with a comma in it is found, too.
struct ColumnRoles {
  std::vector<std::string> features;
  std::vector<std::string> targets;
  std::string split;
  std::vector<std::string> inspection;

  [[nodiscard]] bool empty() const
  {
    return features.empty() && targets.empty() && split.empty() && inspection.empty();
  }
};

// Gives the columns their roles; where any has one, all that are not named are inspection columns.
// Error{usage} names a column that there is not, with the nearest that there is, and one with two
// roles.
void assign_roles(std::vector<model::QueryColumn>& columns, const ColumnRoles& roles);

// "week desc" as a column and a direction. Error{usage} for a column that there is not.
struct SortTerm {
  std::size_t column = 0;
  bool descending = false;
};
std::vector<SortTerm> parse_order(const std::vector<std::string>& terms,
                                  const std::vector<std::string>& columns);

// Those terms whose column there is.
std::vector<std::string> known_order(const std::vector<std::string>& terms,
                                     const std::vector<std::string>& columns);

}  // namespace mlrepro::plan
