// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/model/query_result.hpp"

namespace mlrepro::model {

std::string_view to_string(ColumnRole role)
{
  switch (role) {
    case ColumnRole::feature:
      return "feature";
    case ColumnRole::target:
      return "target";
    case ColumnRole::split:
      return "split";
    case ColumnRole::inspection:
      return "inspection";
  }
  return "";
}

std::optional<ColumnRole> parse_column_role(std::string_view text)
{
  for (const ColumnRole role :
       {ColumnRole::feature, ColumnRole::target, ColumnRole::split, ColumnRole::inspection}) {
    if (to_string(role) == text) {
      return role;
    }
  }
  return std::nullopt;
}

}  // namespace mlrepro::model
