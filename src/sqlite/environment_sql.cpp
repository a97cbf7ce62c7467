// SPDX-License-Identifier: Apache-2.0
#include "sqlite/environment_sql.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "mlrepro/plan/environment_items.hpp"
#include "mlrepro/plan/version_order.hpp"

namespace mlrepro::sqlite {
namespace {

std::string is_kind(plan::EnvironmentItemKind kind)
{
  return "i.name = ? AND i.kind = " + std::to_string(static_cast<int>(kind));
}

SqlText is_named(const std::string& name)
{
  using Kind = plan::EnvironmentItemKind;
  const auto& fields = plan::environment_fields();
  if (std::find(fields.begin(), fields.end(), name) != fields.end()) {
    return {is_kind(Kind::field), {name}};
  }
  return {is_kind(Kind::package) + " OR " + is_kind(Kind::other), {plan::package_key(name), name}};
}

// Of run r; NULL where its environment lacks it. `value` is made of i.value. The environments that
// have the item are collected once for all runs: the order of the joins begins with the name.
SqlText item_of_run(const std::string& name, std::string_view value)
{
  SqlText named = is_named(name);
  return {"(WITH item AS MATERIALIZED (SELECT n.digest AS digest, " + std::string(value) +
              " AS value FROM environment_items i"
              " CROSS JOIN environment_contents c ON c.item = i.number"
              " CROSS JOIN environment_numbers n ON n.number = c.environment WHERE " +
              named.text + ") SELECT item.value FROM item WHERE item.digest = r.environment)",
          std::move(named.values)};
}

constexpr std::string_view k_text = "i.value";
constexpr std::string_view k_version = "version_key(i.value)";

}  // namespace

SqlText environment_condition(const std::string& name, const std::string& sign,
                              const std::string& value, EnvironmentOrder order)
{
  const bool versions = order == EnvironmentOrder::of_versions;
  SqlText condition = item_of_run(name, versions ? k_version : k_text);
  append(condition, {" " + sign + " ?", {versions ? plan::version_key(value) : value}});
  return condition;
}

SqlText environment_has(const std::string& name)
{
  SqlText has = item_of_run(name, k_text);
  has.text += " IS NOT NULL";
  return has;
}

SqlText environment_value(const std::string& name)
{
  return item_of_run(name, k_version);
}

}  // namespace mlrepro::sqlite
