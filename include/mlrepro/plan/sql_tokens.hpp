// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mlrepro::plan {

// A piece of SQL as DuckDB and PostgreSQL cut it; blanks and comments are none.
struct SqlToken {
  enum class Kind {
    word,         // a name or keyword without quotes
    quoted_name,  // "…"
    text,         // '…', E'…', $$…$$
    number,
    symbol,  // one character of anything else
  } kind = Kind::symbol;
  std::size_t begin = 0;  // in bytes
  std::size_t end = 0;
  std::string value;  // a word in lower case; a name or text without its quotes; else as written
};

// Throws Error{usage} for a text, a name or a comment that is not closed.
std::vector<SqlToken> sql_tokens(std::string_view sql);

// The statement that `sql` is, without semicolons, comments and blanks around it. Error{usage} when
// it is none or several.
std::string single_statement(std::string_view sql);

}  // namespace mlrepro::plan
