// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sqlite/statement.hpp"

namespace mlrepro::sqlite {

// What a found row is ordered by, as text that tells the type.
using SearchKey = std::vector<std::string>;

enum class KeyType { integer, real, text };

std::string encode_key(const Statement& row, int column, KeyType type);
// Absent: NULL. Throws Error{usage} for what is no text of encode_key().
std::optional<Value> decode_key(const std::string& text);

// For those behind the row. `signature` tells the search.
std::string to_token(const std::string& signature, const SearchKey& key);
// Throws Error{usage} for a token of another search, or of another number of values.
std::vector<std::optional<Value>> parse_token(const std::string& token,
                                              const std::string& signature, std::size_t count);

// Whether a row comes before another one of the same search. `descending` of each value; NULL
// stands only beside NULL.
bool comes_before(const SearchKey& one, const SearchKey& other,
                  const std::vector<bool>& descending);

}  // namespace mlrepro::sqlite
