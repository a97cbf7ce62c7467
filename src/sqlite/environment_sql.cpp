// SPDX-License-Identifier: Apache-2.0
#include "sqlite/environment_sql.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "mlrepro/plan/environment_items.hpp"
#include "mlrepro/plan/version_order.hpp"

namespace mlrepro::sqlite {
namespace {

// The value in the document of environment e (docs/format.md).
SqlText item_of_document(const std::string& name)
{
  const auto& fields = plan::environment_fields();
  if (std::find(fields.begin(), fields.end(), name) != fields.end()) {
    return {"CAST(json_extract(e.document, '$." + name + "') AS TEXT)", {}};
  }
  // As SQLite writes an item of the list. The pattern lets too many through, and is done with most
  // of them four times as fast as what takes an item apart.
  const std::string item = "[\"" + plan::package_key(name) + "\",";
  std::string pattern = item;
  std::replace(pattern.begin(), pattern.end(), '-', '_');
  return {
      "coalesce("
      "(SELECT json_extract(i.value, '$[1]') FROM json_each(e.document, '$.packages') i"
      " WHERE i.value LIKE ?"
      " AND replace(replace(lower(substr(i.value, 1, ?)), '_', '-'), '.', '-') = ?"
      " LIMIT 1),"
      " CASE json_extract(e.document, '$.interpreter.name') WHEN ?"
      " THEN json_extract(e.document, '$.interpreter.version') END,"
      " (SELECT json_extract(i.value, '$[1]') FROM json_each(e.document, '$.variables') i"
      " WHERE json_extract(i.value, '$[0]') = ? LIMIT 1),"
      " (SELECT json_extract(i.value, '$[1]') FROM json_each(e.document, '$.facts') i"
      " WHERE json_extract(i.value, '$[0]') = ? LIMIT 1))",
      {pattern + "%", static_cast<std::int64_t>(item.size()), item, name, name, name}};
}

// Does not depend on the run, so that SQLite finds the environments once.
SqlText among_environments(const SqlText& condition)
{
  SqlText among{"r.environment IN (SELECT e.digest FROM environments e WHERE ", {}};
  append(among, condition);
  among.text += ")";
  return among;
}

SqlText version_key_of(SqlText value)
{
  value.text = "version_key(" + value.text + ")";
  return value;
}

}  // namespace

SqlText environment_condition(const std::string& name, const std::string& sign,
                              const std::string& value, EnvironmentOrder order)
{
  SqlText compared = item_of_document(name);
  if (order == EnvironmentOrder::of_versions) {
    compared = version_key_of(std::move(compared));
    append(compared, {" " + sign + " ?", {plan::version_key(value)}});
  } else {
    append(compared, {" " + sign + " ?", {value}});
  }
  SqlText condition{"CASE WHEN ", {}};
  append(condition, among_environments(compared));
  append(condition, {" THEN 1 WHEN ", {}});
  append(condition, environment_has(name));
  append(condition, {" THEN 0 END", {}});
  return condition;
}

SqlText environment_has(const std::string& name)
{
  SqlText has = item_of_document(name);
  has.text += " IS NOT NULL";
  return among_environments(has);
}

SqlText environment_value(const std::string& name)
{
  SqlText value{"(SELECT ", {}};
  append(value, version_key_of(item_of_document(name)));
  append(value, {" FROM environments e WHERE e.digest = r.environment)", {}});
  return value;
}

}  // namespace mlrepro::sqlite
