// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/column_roles.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/row_diff_words.hpp"

namespace mlrepro::plan {
namespace {

using model::ColumnRole;
using model::Error;
using model::ErrorKind;

constexpr const char* k_place = "the query";

bool has_column(const std::string& name, const std::vector<std::string>& columns)
{
  return std::find(columns.begin(), columns.end(), name) != columns.end();
}

// The column of "week desc", and whether it descends. One whose own name ends in a direction is
// still found by its whole name.
std::pair<std::string, bool> split_term(const std::string& term,
                                        const std::vector<std::string>& columns)
{
  const std::size_t space = has_column(term, columns) ? std::string::npos : term.rfind(' ');
  const std::string direction = space == std::string::npos ? "" : term.substr(space + 1);
  const bool descends = direction == "desc" || direction == "DESC";
  const bool says = descends || direction == "asc" || direction == "ASC";
  return {says ? term.substr(0, space) : term, descends};
}

class RoleBook {
 public:
  explicit RoleBook(std::vector<model::QueryColumn>& columns) : columns_(columns)
  {
    for (const model::QueryColumn& column : columns) {
      names_.push_back(column.name);
    }
  }

  void assign(const std::string& option, const std::vector<std::string>& words, ColumnRole role)
  {
    for (const std::string& name : column_names(option, words, names_, k_place)) {
      const auto found = std::find(names_.begin(), names_.end(), name);
      auto& column = columns_[static_cast<std::size_t>(found - names_.begin())];
      if (column.role && column.role != role) {
        throw Error(ErrorKind::usage,
                    option + " '" + name + "': that column is a " +
                        std::string(model::to_string(*column.role)) + " already",
                    "give each column one role");
      }
      column.role = role;
    }
  }

 private:
  std::vector<model::QueryColumn>& columns_;
  std::vector<std::string> names_;
};

}  // namespace

void assign_roles(std::vector<model::QueryColumn>& columns, const ColumnRoles& roles)
{
  if (roles.empty()) {
    return;
  }
  RoleBook book(columns);
  book.assign("--features", roles.features, ColumnRole::feature);
  book.assign("--target", roles.targets, ColumnRole::target);
  if (!roles.split.empty()) {
    book.assign("--split", {roles.split}, ColumnRole::split);
  }
  book.assign("--inspect", roles.inspection, ColumnRole::inspection);
  for (model::QueryColumn& column : columns) {
    column.role = column.role.value_or(ColumnRole::inspection);
  }
}

std::vector<SortTerm> parse_order(const std::vector<std::string>& terms,
                                  const std::vector<std::string>& columns)
{
  std::vector<SortTerm> order;
  for (const std::string& term : terms) {
    const auto [name, descending] = split_term(term, columns);
    (void)column_names("--order-by", {name}, columns, k_place);
    const auto found = std::find(columns.begin(), columns.end(), name);
    order.push_back({static_cast<std::size_t>(found - columns.begin()), descending});
  }
  return order;
}

std::vector<std::string> known_order(const std::vector<std::string>& terms,
                                     const std::vector<std::string>& columns)
{
  std::vector<std::string> known;
  std::copy_if(terms.begin(), terms.end(), std::back_inserter(known), [&](const std::string& term) {
    return has_column(split_term(term, columns).first, columns);
  });
  return known;
}

}  // namespace mlrepro::plan
