// SPDX-License-Identifier: Apache-2.0
#include "sqlite/search_sql.hpp"

#include <limits>
#include <nlohmann/json.hpp>

#include "mlrepro/model/error.hpp"
#include "sqlite/database.hpp"

namespace mlrepro::sqlite {
namespace {

using plan::FilterOperator;

SqlText compare_with_values(const plan::Filter& filter, const SqlText& field)
{
  SqlText condition{"(", {}};
  for (const plan::FilterValue& value : filter.values) {
    if (condition.text.size() > 1) {
      condition.text += filter.comparison == FilterOperator::not_in ? " AND " : " OR ";
    }
    append(condition, field);
    condition.text += " " + std::string(sign_of(filter.comparison)) + " ?";
    condition.values.push_back(operand(filter, value));
  }
  condition.text += ")";
  return condition;
}

bool asks_for_null(const plan::Filter& filter)
{
  return filter.comparison == FilterOperator::is_null ||
         filter.comparison == FilterOperator::is_not_null;
}

// The columns that rows are ordered by, as text that tells the type.
struct Component {
  std::string column;
  OrderTerm::Type type;
  bool descending;
  bool constant = false;
};

// Which rows are looked at: all of them, or by the first term of the order those that have its
// value, in its index's order; those whose value is NaN; those that have none. Each of the last two
// is in the order of the other terms.
enum class Scan { whole, indexed, nan, absent };

std::vector<Component> components_of(const RowSearch& search, Scan scan)
{
  std::vector<Component> all;
  for (const OrderTerm& term : search.order) {
    if (scan != Scan::whole && all.empty()) {
      const char* rank = scan == Scan::indexed ? "0" : scan == Scan::nan ? "1" : "2";
      const bool constant = scan != Scan::indexed;
      all.push_back({rank, OrderTerm::Type::integer, false, true});
      all.push_back({constant ? "NULL" : term.value, term.type, term.descending, constant});
      continue;
    }
    if (!term.rank.empty()) {
      all.push_back({term.rank, OrderTerm::Type::integer, false});
    }
    all.push_back({term.value, term.type, term.descending});
  }
  return all;
}

// Rows behind the one that the values are of.
SqlText behind(const std::vector<Component>& components,
               const std::vector<std::optional<Value>>& values)
{
  SqlText condition{"(0", {}};
  SqlText equal;
  for (std::size_t i = 0; i < components.size(); ++i) {
    const Component& component = components[i];
    if (values[i]) {
      append(condition, {" OR (" + equal.text + component.column +
                             (component.descending ? " < ?" : " > ?") + ")",
                         equal.values});
      condition.values.push_back(*values[i]);
      equal.text += component.column + " = ? AND ";
      equal.values.push_back(*values[i]);
    } else {
      equal.text += component.column + " IS NULL AND ";
    }
  }
  condition.text += ")";
  // An index may skip all that is before the first value.
  std::size_t first = 0;
  while (components[first].constant) {
    ++first;
  }
  if (values[first]) {
    condition.text +=
        " AND " + components[first].column + (components[first].descending ? " <= ?" : " >= ?");
    condition.values.push_back(*values[first]);
  }
  return condition;
}

SqlText to_sql(const RowSearch& search, const std::vector<Component>& components, Scan scan)
{
  SqlText sql{"SELECT " + search.number, {}};
  for (const Component& component : components) {
    sql.text += ", " + component.column;
  }
  sql.text += " FROM ";
  const OrderTerm& front = search.order.front();
  if (scan == Scan::whole || scan == Scan::absent) {
    sql.text += search.from;
  } else {
    std::string from = scan == Scan::indexed ? front.indexed : front.indexed_nan;
    append(sql, {from.replace(from.find('$'), 1, search.from), front.join.values});
  }
  for (const OrderTerm& term : search.order) {
    if (scan == Scan::whole || &term != &front) {
      append(sql, term.join);
    }
  }
  sql.text += " WHERE ";
  if (scan == Scan::absent) {
    append(sql, {front.absent + " AND ", front.join.values});  // first, for it costs the least
  }
  append(sql, search.where);
  return sql;
}

std::string order_of(const std::vector<Component>& components)
{
  std::string text;
  for (const Component& component : components) {
    if (!component.constant) {
      text += (text.empty() ? " ORDER BY " : ", ") + component.column +
              (component.descending ? " DESC" : "");
    }
  }
  return text;
}

struct Piece {
  std::vector<std::int64_t> numbers;
  std::vector<SearchKey> keys;  // of all rows that were asked for, or of the last one
  bool more = false;
};

SearchKey key_of(const Statement& row, const std::vector<Component>& components)
{
  SearchKey key;
  key.reserve(components.size());
  for (const Component& component : components) {
    key.push_back(encode_key(row, static_cast<int>(key.size()) + 1, component.type));
  }
  return key;
}

Piece find(const Database& database, const RowSearch& search, Scan scan, std::size_t limit,
           const std::vector<std::optional<Value>>& after)
{
  const auto components = components_of(search, scan);
  SqlText sql = to_sql(search, components, scan);
  if (!after.empty()) {
    sql.text += " AND ";
    append(sql, behind(components, after));
  }
  sql.text += order_of(components) + " LIMIT ?";
  sql.values.emplace_back(static_cast<std::int64_t>(limit) + 1);
  Statement rows(database, sql.text);
  int index = 0;
  for (const Value& value : sql.values) {
    rows.put(++index, value);
  }
  Piece found;
  while (rows.step()) {
    if (found.numbers.size() == limit) {
      found.more = true;
      break;
    }
    found.numbers.push_back(rows.integer(0));
    if (search.with_keys || found.numbers.size() == limit) {
      found.keys.push_back(key_of(rows, components));
    }
  }
  return found;
}

// Of rows, taken evenly from all of them.
constexpr std::int64_t k_looked_at = 200;
// Fewer are not worth the question.
constexpr std::int64_t k_few_rows = 2000;
// Rows that an index gives in the order of a metric lie anywhere in the table: each takes as long
// as so many that are read one after the other; and one that matches must be sorted.
constexpr double k_cost_by_index = 5;
constexpr double k_cost_of_match = 3;

// Whether it takes less time to find the rows that match, and to sort them, than to look in the
// order of the index until there are enough. Some rows are looked at for that.
bool is_sorting_shorter(const Database& database, const RowSearch& search, std::size_t limit)
{
  const auto total =
      database.query_integer("SELECT max(" + search.number + ") FROM " + search.from);
  if (total < k_few_rows) {
    return false;
  }
  auto numbers = nlohmann::json::array();
  for (std::int64_t i = 1; i <= k_looked_at; ++i) {
    numbers.push_back(total / k_looked_at * i);
  }
  SqlText sql{"SELECT count(*) FROM json_each(?) j CROSS JOIN " + search.from + " ON " +
                  search.number + " = j.value WHERE ",
              {numbers.dump()}};
  append(sql, search.where);
  Statement count(database, sql.text);
  int index = 0;
  for (const Value& value : sql.values) {
    count.put(++index, value);
  }
  count.step();
  const double matching = static_cast<double>(count.integer(0)) / k_looked_at;
  const auto all = static_cast<double>(total);
  const double wanted = static_cast<double>(limit);
  const double by_index = matching * all > wanted ? wanted / matching : all;
  return k_cost_by_index * by_index > all * (1 + k_cost_of_match * matching);
}

// The scans that have the rows behind the one that the values are of, one after the other.
std::vector<Scan> scans_of(const std::vector<std::optional<Value>>& values)
{
  if (values.empty() || values.front() == Value(std::int64_t{0})) {
    return {Scan::indexed, Scan::nan, Scan::absent};
  }
  if (values.front() == Value(std::int64_t{1})) {
    return {Scan::nan, Scan::absent};
  }
  return {Scan::absent};
}

}  // namespace

SqlText compare_values(const plan::Filter& comparison, const FieldSql& value)
{
  SqlText field = value(comparison.field);
  if (!asks_for_null(comparison)) {
    return compare_with_values(comparison, field);
  }
  field.text += comparison.comparison == FilterOperator::is_null ? " IS NULL" : " IS NOT NULL";
  return field;
}

SqlText compare_any(const plan::Filter& comparison, const std::string& from, const SqlText& value)
{
  SqlText condition{"EXISTS (" + from + " AND ", {}};
  if (asks_for_null(comparison)) {
    append(condition, {value.text + " IS NOT NULL)", value.values});
    const bool absent = comparison.comparison == FilterOperator::is_null;
    return {(absent ? "NOT " : "") + condition.text, std::move(condition.values)};
  }
  append(condition, compare_with_values(comparison, value));
  condition.text += ")";
  return condition;
}

FoundRows find_rows(const Database& database, const RowSearch& search, std::size_t limit,
                    const std::string& after)
{
  const std::size_t count = components_of(search, Scan::whole).size();
  const auto values = after.empty() ? std::vector<std::optional<Value>>()
                                    : parse_token(after, search.signature, count);
  FoundRows found;
  SearchKey last;
  bool is_first = true;
  const bool by_index =
      !search.order.front().indexed.empty() && !is_sorting_shorter(database, search, limit);
  for (const Scan scan : by_index ? scans_of(values) : std::vector{Scan::whole}) {
    const Piece piece = find(database, search, scan, limit - found.numbers.size(),
                             is_first ? values : decltype(values)());
    is_first = false;
    found.numbers.insert(found.numbers.end(), piece.numbers.begin(), piece.numbers.end());
    last = piece.keys.empty() ? last : piece.keys.back();
    if (search.with_keys) {
      found.keys.insert(found.keys.end(), piece.keys.begin(), piece.keys.end());
    }
    if (piece.more) {
      found.next = to_token(search.signature, last);
      break;
    }
  }
  return found;
}

FoundRows merge_rows(const RowSearch& search, const FoundRows& one, const FoundRows& other,
                     std::size_t limit)
{
  std::vector<bool> descending;
  for (const Component& component : components_of(search, Scan::whole)) {
    descending.push_back(component.descending);
  }
  FoundRows merged;
  std::size_t i = 0;
  std::size_t j = 0;
  while (merged.numbers.size() < limit && i + j < one.numbers.size() + other.numbers.size()) {
    const bool take_other =
        i == one.numbers.size() ||
        (j < other.numbers.size() && comes_before(other.keys[j], one.keys[i], descending));
    const FoundRows& from = take_other ? other : one;
    std::size_t& index = take_other ? j : i;
    merged.numbers.push_back(from.numbers[index]);
    merged.keys.push_back(from.keys[index]);
    ++index;
  }
  const bool more = i < one.numbers.size() || j < other.numbers.size() || !one.next.empty() ||
                    !other.next.empty();
  if (more && !merged.keys.empty()) {
    merged.next = to_token(search.signature, merged.keys.back());
  }
  return merged;
}

std::string signature_of(const std::string& kind, const std::vector<std::string>& order)
{
  std::string text = kind;
  for (const std::string& clause : order) {
    text += "," + clause;
  }
  return text;
}

}  // namespace mlrepro::sqlite
