// SPDX-License-Identifier: Apache-2.0
#include "sqlite/search_sql.hpp"

#include <array>
#include <charconv>
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

// Whether all rows are looked at, or those only that have the first value, in its index's order.
enum class Scan { whole, indexed };

std::vector<Component> components_of(const RowSearch& search, Scan scan)
{
  std::vector<Component> all;
  for (const OrderTerm& term : search.order) {
    if (!term.rank.empty()) {
      const bool constant = scan == Scan::indexed && all.empty();
      all.push_back({constant ? "0" : term.rank, OrderTerm::Type::integer, false, constant});
    }
    all.push_back({term.value, term.type, term.descending});
  }
  return all;
}

std::string encode(const Statement& row, int column, OrderTerm::Type type)
{
  if (row.is_null(column)) {
    return "n";
  }
  if (type == OrderTerm::Type::integer) {
    return "i" + std::to_string(row.integer(column));
  }
  if (type == OrderTerm::Type::text) {
    return "t" + row.text(column);
  }
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), row.real_or_nan(column));
  return "r" + std::string(text.data(), end.ptr);
}

[[noreturn]] void refuse_token()
{
  throw model::Error(model::ErrorKind::usage, "Invalid page token, it is none of this search");
}

template <typename Number>
Number decode_number(const std::string& text)
{
  Number number{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + 1, end, number);
  if (error != std::errc{} || stop != end) {
    refuse_token();
  }
  return number;
}

// Absent: NULL.
std::optional<Value> decode(const std::string& text)
{
  switch (text.empty() ? ' ' : text.front()) {
    case 'n':
      return std::nullopt;
    case 'i':
      return decode_number<std::int64_t>(text);
    case 'r':
      return decode_number<double>(text);
    case 't':
      return text.substr(1);
    default:
      refuse_token();
  }
}

std::vector<std::optional<Value>> parse_token(const std::string& token, const RowSearch& search,
                                              std::size_t count)
{
  const auto document = nlohmann::json::parse(token, nullptr, false);
  if (!document.is_array() || document.size() != count + 1) {
    refuse_token();
  }
  std::vector<std::optional<Value>> values;
  for (const auto& item : document) {
    if (!item.is_string()) {
      refuse_token();
    }
  }
  if (document.front().get<std::string>() != search.signature) {
    refuse_token();
  }
  for (std::size_t i = 1; i < document.size(); ++i) {
    values.push_back(decode(document[i].get<std::string>()));
  }
  return values;
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
  const std::size_t first = components.front().constant ? 1 : 0;
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
  if (scan == Scan::whole) {
    sql.text += search.from;
  }
  for (const OrderTerm& term : search.order) {
    if (scan == Scan::indexed && &term == &search.order.front()) {
      std::string from = term.indexed;
      append(sql, {from.replace(from.find('$'), 1, search.from), term.join.values});
    } else {
      append(sql, term.join);
    }
  }
  append(sql, {" WHERE " + search.where.text, search.where.values});
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

FoundRows find(const Database& database, const RowSearch& search, Scan scan, std::size_t limit,
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
  FoundRows found;
  nlohmann::json last;
  while (rows.step()) {
    if (found.numbers.size() == limit) {
      found.next = last.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
      break;
    }
    found.numbers.push_back(rows.integer(0));
    if (found.numbers.size() == limit) {
      last = nlohmann::json::array({search.signature});
      for (std::size_t i = 0; i < components.size(); ++i) {
        last.push_back(encode(rows, static_cast<int>(i) + 1, components[i].type));
      }
    }
  }
  return found;
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
  const auto values =
      after.empty() ? std::vector<std::optional<Value>>() : parse_token(after, search, count);
  const bool among_best = values.empty() || values.front() == Value(std::int64_t{0});
  if (!search.order.front().indexed.empty() && among_best) {
    FoundRows found = find(database, search, Scan::indexed, limit, values);
    if (!found.next.empty()) {
      return found;
    }
  }
  return find(database, search, Scan::whole, limit, values);
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
