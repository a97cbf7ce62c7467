// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <type_traits>
#include <vector>

#include "mlrepro/plan/mlflow_filter.hpp"
#include "mlrepro/ports/page.hpp"
#include "sqlite/filter_sql.hpp"
#include "sqlite/search_keys.hpp"

namespace mlrepro::sqlite {

using FieldSql = std::function<SqlText(const plan::FilterField&)>;

// A comparison of what `value` gives; absent values are NULL.
SqlText compare_values(const plan::Filter& comparison, const FieldSql& value);
// The same within "EXISTS (<from> AND ...)", for fields of which a row may have several.
SqlText compare_any(const plan::Filter& comparison, const std::string& from, const SqlText& value);

// What rows are ordered by. Values that are not there come last in both directions.
struct OrderTerm {
  using Type = KeyType;
  SqlText join;       // what else the value needs behind FROM; its '?' come first
  std::string value;  // SQL without '?'
  std::string rank;   // of smaller ones first, whatever the direction; empty: it is always there
  Type type = Type::integer;
  bool descending = false;
  // Instead of `from` and `join`, where only rows with the best rank are wanted: what an index
  // gives in the order of the value, with "$" for the text of `from`; its '?' are those of `join`.
  std::string indexed = {};
  // With it: the same for rows whose value is NaN, and what holds for those that have none.
  std::string indexed_nan = {};
  std::string absent = {};
};

// Rows of one search. No two have the same values of all terms of its order.
struct RowSearch {
  std::string number;  // the column that tells rows apart, an integer
  std::string from;
  SqlText where;
  std::vector<OrderTerm> order;
  std::string signature;   // whether a token is of the same search
  bool with_keys = false;  // for merge_rows()
};

struct FoundRows {
  std::vector<std::int64_t> numbers;
  std::string next;                  // a token for those that follow; empty: none does
  std::vector<SearchKey> keys = {};  // of each, where the search asks for them
};

// Throws Error{usage} for a token of another search.
FoundRows find_rows(const Database& database, const RowSearch& search, std::size_t limit,
                    const std::string& after);

// The first rows of two databases' answers to one search, which have keys.
FoundRows merge_rows(const RowSearch& search, const FoundRows& one, const FoundRows& other,
                     std::size_t limit);

// What `read` gives for each number, with the token for those that follow.
template <typename Read>
auto page_of(const FoundRows& found, Read read)
{
  ports::Page<std::invoke_result_t<Read, std::int64_t>> page;
  page.next = found.next;
  page.items.reserve(found.numbers.size());
  for (const std::int64_t number : found.numbers) {
    page.items.push_back(read(number));
  }
  return page;
}

// Text that tells one order from another.
std::string signature_of(const std::string& kind, const std::vector<std::string>& order);

}  // namespace mlrepro::sqlite
