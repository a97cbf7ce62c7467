// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/column_roles.hpp"

#include <algorithm>

#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/suggest.hpp"

namespace mlrepro::plan {
namespace {

using model::ColumnRole;
using model::Error;
using model::ErrorKind;

constexpr std::size_t k_listed = 12;

std::size_t find_column(const std::string& option, const std::string& name,
                        const std::vector<std::string>& columns)
{
  const auto found = std::find(columns.begin(), columns.end(), name);
  if (found != columns.end()) {
    return static_cast<std::size_t>(found - columns.begin());
  }
  std::string hint = did_you_mean(name, columns);
  if (hint.empty()) {
    hint = "it has: ";
    for (std::size_t i = 0; i < std::min(columns.size(), k_listed); ++i) {
      hint += (i == 0 ? "" : ", ") + columns[i];
    }
    hint += columns.size() > k_listed
                ? " and " + std::to_string(columns.size() - k_listed) + " more"
                : "";
  }
  throw Error(ErrorKind::usage, option + " '" + name + "': the query has no such column", hint);
}

class RoleBook {
 public:
  explicit RoleBook(std::vector<model::QueryColumn>& columns) : columns_(columns)
  {
    for (const model::QueryColumn& column : columns) {
      names_.push_back(column.name);
    }
  }

  void assign(const std::string& option, const std::string& name, ColumnRole role)
  {
    auto& column = columns_[find_column(option, name, names_)];
    if (column.role && column.role != role) {
      throw Error(ErrorKind::usage,
                  option + " '" + name + "': that column is a " +
                      std::string(model::to_string(*column.role)) + " already",
                  "give each column one role");
    }
    column.role = role;
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
  for (const std::string& name : roles.features) {
    book.assign("--features", name, ColumnRole::feature);
  }
  for (const std::string& name : roles.targets) {
    book.assign("--target", name, ColumnRole::target);
  }
  if (!roles.split.empty()) {
    book.assign("--split", roles.split, ColumnRole::split);
  }
  for (const std::string& name : roles.inspection) {
    book.assign("--inspect", name, ColumnRole::inspection);
  }
  for (model::QueryColumn& column : columns) {
    column.role = column.role.value_or(ColumnRole::inspection);
  }
}

std::vector<SortTerm> parse_order(const std::vector<std::string>& terms,
                                  const std::vector<std::string>& columns)
{
  std::vector<SortTerm> order;
  for (const std::string& term : terms) {
    SortTerm parsed;
    // A column whose name ends in a direction is still found by its whole name.
    const bool whole = std::find(columns.begin(), columns.end(), term) != columns.end();
    const std::size_t space = whole ? std::string::npos : term.rfind(' ');
    const std::string direction = space == std::string::npos ? "" : term.substr(space + 1);
    const bool says =
        direction == "desc" || direction == "DESC" || direction == "asc" || direction == "ASC";
    parsed.descending = direction == "desc" || direction == "DESC";
    parsed.column = find_column("--order-by", says ? term.substr(0, space) : term, columns);
    order.push_back(parsed);
  }
  return order;
}

}  // namespace mlrepro::plan
