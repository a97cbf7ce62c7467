// SPDX-License-Identifier: Apache-2.0
#include "sqlite/filter_sql.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/suggest.hpp"
#include "sqlite/database.hpp"
#include "sqlite/environment_sql.hpp"

namespace mlrepro::sqlite {
namespace {

using plan::FilterField;
using plan::FilterOperator;
using Kind = plan::FilterField::Kind;

bool matches_prefix(const FilterField& field)
{
  return field.kind == Kind::input || field.kind == Kind::output ||
         (field.kind == Kind::code && field.key == "commit") ||
         (field.kind == Kind::attribute && field.key == "id");
}

// A metric is there even when its value is NaN, which is NULL in the database.
SqlText is_null(const FilterField& field, bool negated)
{
  if (field.kind == Kind::metric) {
    return {std::string(negated ? "" : "NOT ") +
                "EXISTS (SELECT 1 FROM metrics m WHERE m.key = ? AND m.run = r.number)",
            {field.key}};
  }
  if (field.kind == Kind::environment) {
    SqlText condition = environment_has(field.key);
    // A run without an environment lacks it as well.
    condition.text = "coalesce(" + condition.text + ", 0) = " + (negated ? "1" : "0");
    return condition;
  }
  SqlText condition = to_expression(field, false);
  condition.text = "nullif(" + condition.text + ", '') IS " + (negated ? "NOT " : "") + "NULL";
  return condition;
}

SqlText equals_nan(const FilterField& field, bool negated)
{
  return {std::string("EXISTS (SELECT 1 FROM metrics m WHERE m.key = ? AND m.run = r.number"
                      " AND m.last IS ") +
              (negated ? "NOT NULL)" : "NULL)"),
          {field.key}};
}

// A pattern of LIKE as one of GLOB, which tells small letters from capitals.
std::string to_glob(const std::string& pattern)
{
  std::string glob;
  for (const char character : pattern) {
    if (character == '%') {
      glob += '*';
    } else if (character == '_') {
      glob += '?';
    } else if (character == '*' || character == '?' || character == '[') {
      glob += std::string("[") + character + "]";
    } else {
      glob += character;
    }
  }
  return glob;
}

SqlText compare(const plan::Filter& filter, const plan::FilterValue& value)
{
  const std::string sign(sign_of(filter.comparison));
  if (value.number && std::isnan(*value.number)) {
    return equals_nan(filter.field, sign == "<>");
  }
  if (filter.field.kind == Kind::environment) {
    const bool ordered = filter.comparison >= FilterOperator::less &&
                         filter.comparison <= FilterOperator::greater_equal;
    const Value compared = operand(filter, value);
    return environment_condition(
        filter.field.key, sign, std::get<std::string>(compared),
        ordered ? EnvironmentOrder::of_versions : EnvironmentOrder::of_text);
  }
  SqlText condition = to_expression(filter.field, value.number.has_value());
  if (matches_prefix(filter.field) && !value.text.empty() && (sign == "=" || sign == "<>")) {
    condition.text = "substr(" + condition.text + ", 1, ?) " + sign + " ?";
    condition.values.emplace_back(static_cast<std::int64_t>(value.text.size()));
    condition.values.emplace_back(value.text);
    return condition;
  }
  condition.text += " " + sign + " ?";
  condition.values.push_back(operand(filter, value));
  return condition;
}

SqlText to_comparison(const plan::Filter& filter)
{
  if (filter.comparison == FilterOperator::is_null ||
      filter.comparison == FilterOperator::is_not_null) {
    return is_null(filter.field, filter.comparison == FilterOperator::is_not_null);
  }
  SqlText condition;
  for (const plan::FilterValue& value : filter.values) {
    if (!condition.text.empty()) {
      condition.text += filter.comparison == FilterOperator::not_in ? " AND " : " OR ";
    }
    append(condition, compare(filter, value));
  }
  return condition;
}

// The sort key as a field: metrics first, then parameters, then the run's own fields.
FilterField resolve_sort_key(const Database& database, const std::string& key)
{
  const auto field = plan::parse_field(key);
  if (field && field->kind != Kind::attribute) {
    return *field;
  }
  std::vector<std::string> candidates = plan::filter_attributes();
  for (const auto& [kind, table] :
       {std::pair(Kind::metric, "metrics"), std::pair(Kind::param, "params")}) {
    Statement known(database, std::string("SELECT 1 FROM ") + table + " WHERE key = ? LIMIT 1");
    if (known.bind(key).step()) {
      return {kind, key};
    }
    Statement all(database, std::string("SELECT DISTINCT key FROM ") + table + " LIMIT 1000");
    while (all.step()) {
      candidates.push_back(all.text(0));
    }
  }
  if (field) {
    return *field;
  }
  if (database.query_integer("SELECT 1 FROM runs LIMIT 1") == 0) {
    return {Kind::metric, key};
  }
  throw model::Error(model::ErrorKind::usage,
                     "sort key '" + key + "': no run has such a metric, parameter or field",
                     plan::did_you_mean(key, candidates));
}

// Values that are not there come last in both directions, equal ones newest first.
SqlText order_by_field(const Database& database, const ports::RunQuery& query)
{
  const FilterField field = resolve_sort_key(database, query.sort_key);
  const std::string direction = query.order == ports::Order::newest_first ? " DESC" : " ASC";
  SqlText order;
  const auto add = [&](const SqlText& value) {
    append(order, {"(" + value.text + ")" + direction + " NULLS LAST, ", value.values});
  };
  if (field.kind == Kind::param || field.kind == Kind::tag) {
    add(to_expression(field, true));  // numbers before words
  }
  add(to_expression(field, false));
  order.text += "r.started_at DESC, r.number DESC";
  return order;
}

SqlText order_of(const Database& database, const ports::RunQuery& query)
{
  if (!query.sort_key.empty()) {
    return order_by_field(database, query);
  }
  return query.order == ports::Order::newest_first ? SqlText{"r.started_at DESC, r.number DESC", {}}
                                                   : SqlText{"r.started_at, r.number", {}};
}

std::int64_t to_limit(std::size_t count)
{
  return static_cast<std::int64_t>(
      std::min<std::size_t>(count, std::numeric_limits<std::int64_t>::max()));
}

}  // namespace

void append(SqlText& to, const SqlText& more)
{
  to.text += more.text;
  to.values.insert(to.values.end(), more.values.begin(), more.values.end());
}

std::string_view sign_of(FilterOperator comparison)
{
  switch (comparison) {
    case FilterOperator::not_equal:
    case FilterOperator::not_in:
      return "<>";
    case FilterOperator::less:
      return "<";
    case FilterOperator::less_equal:
      return "<=";
    case FilterOperator::greater:
      return ">";
    case FilterOperator::greater_equal:
      return ">=";
    case FilterOperator::like:
      return "LIKE";
    case FilterOperator::not_like:
      return "NOT LIKE";
    case FilterOperator::like_exactly:
      return "GLOB";
    case FilterOperator::not_like_exactly:
      return "NOT GLOB";
    default:
      return "=";
  }
}

Value operand(const plan::Filter& filter, const plan::FilterValue& value)
{
  if (value.number) {
    return *value.number;
  }
  const bool exactly = filter.comparison == FilterOperator::like_exactly ||
                       filter.comparison == FilterOperator::not_like_exactly;
  return exactly ? to_glob(value.text) : value.text;
}

std::string attribute_column(const std::string& name)
{
  if (name == "experiment") {
    return "(SELECT e.name FROM experiments e WHERE e.number = r.experiment)";
  }
  if (name == "duration_s") {
    return "((r.ended_at - r.started_at) / 1000.0)";
  }
  return "r." + name;  // one of plan::filter_attributes()
}

SqlText to_expression(const FilterField& field, bool number)
{
  const std::string column = number ? "as_number" : "value";
  switch (field.kind) {
    case Kind::metric:
      return {
          "(SELECT m.last FROM metrics m INDEXED BY metrics_by_key"
          " WHERE m.key = ? AND m.run = r.number)",
          {field.key}};
    case Kind::param:
      return {"(SELECT p." + column + " FROM params p WHERE p.run = r.number AND p.key = ?)",
              {field.key}};
    case Kind::tag:
      return {"(SELECT t." + column + " FROM tags t WHERE t.run = r.number AND t.key = ?)",
              {field.key}};
    case Kind::input:
    case Kind::output:
      return {
          "(SELECT d.snapshot FROM run_data d WHERE d.run = r.number AND d.role = ?"
          " AND d.path = ?)",
          {std::string(field.kind == Kind::input ? "input" : "output"), field.key}};
    case Kind::code:
      return {"r.code_" + field.key, {}};
    case Kind::level:
      return {field.key == "recorded"
                  ? "r.recorded"
                  : "(SELECT max(l.level) FROM proofs l WHERE l.run = r.number)",
              {}};
    case Kind::environment:
      return environment_value(field.key);
    case Kind::dataset:  // of MLflow's language only
      break;
    case Kind::attribute:
      return {attribute_column(field.key), {}};
  }
  return {};
}

SqlText to_condition(const plan::Filter& filter)
{
  return to_condition(filter, to_comparison);
}

SqlText to_condition(const plan::Filter& filter,
                     const std::function<SqlText(const plan::Filter&)>& comparison)
{
  switch (filter.kind) {
    case plan::Filter::Kind::all:
      return {"1", {}};
    case plan::Filter::Kind::comparison: {
      SqlText condition = comparison(filter);
      return {"(" + condition.text + ")", std::move(condition.values)};
    }
    case plan::Filter::Kind::negation: {
      SqlText condition = to_condition(filter.children.front(), comparison);
      return {"(NOT " + condition.text + ")", std::move(condition.values)};
    }
    default:
      break;
  }
  SqlText joined{"(", {}};
  for (const plan::Filter& child : filter.children) {
    if (joined.text.size() > 1) {
      joined.text += filter.kind == plan::Filter::Kind::conjunction ? " AND " : " OR ";
    }
    append(joined, to_condition(child, comparison));
  }
  joined.text += ")";
  return joined;
}

SqlText starts_with(const std::string& column, const std::string& prefix)
{
  SqlText condition{column + " >= ?", {prefix}};
  std::string beyond = prefix;
  while (!beyond.empty() && static_cast<unsigned char>(beyond.back()) == 0xff) {
    beyond.pop_back();
  }
  if (!beyond.empty()) {
    beyond.back() = static_cast<char>(static_cast<unsigned char>(beyond.back()) + 1U);
    append(condition, {" AND " + column + " < ?", {beyond}});
  }
  return condition;
}

SqlText select_runs(const Database& database, const ports::RunQuery& query)
{
  SqlText sql{"SELECT r.number FROM runs r WHERE 1", {}};
  const auto restrict = [&](const SqlText& condition) {
    append(sql, {" AND " + condition.text, condition.values});
  };
  if (!query.id_prefix.empty()) {
    restrict(starts_with("r.id", query.id_prefix));
  }
  if (!query.name_prefix.empty()) {
    restrict(starts_with("r.name", query.name_prefix));
  }
  if (!query.experiment.empty()) {
    restrict(
        {"r.experiment = (SELECT number FROM experiments WHERE name = ?)", {query.experiment}});
  }
  if (!query.with_deleted) {
    restrict({"r.deleted_at IS NULL", {}});
  }
  if (query.parent) {
    restrict({"r.parent = ?", {query.parent->str()}});
  }
  const plan::Filter filter = plan::parse_filter(query.filter);
  if (filter.kind != plan::Filter::Kind::all) {
    restrict(to_condition(filter));
  }
  sql.text += " ORDER BY ";
  append(sql, order_of(database, query));
  sql.text += " LIMIT ? OFFSET ?";
  sql.values.emplace_back(query.limit ? to_limit(*query.limit) : std::int64_t{-1});
  sql.values.emplace_back(to_limit(query.offset));
  return sql;
}

}  // namespace mlrepro::sqlite
