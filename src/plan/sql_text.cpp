// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/sql_text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <vector>

#include "mlrepro/model/error.hpp"
#include "plan/query_scanner.hpp"

namespace mlrepro::plan {
namespace {

using model::Error;
using model::ErrorKind;

void check_first_word(const std::string& word)
{
  constexpr std::array<std::string_view, 6> k_words = {"SELECT", "WITH", "VALUES",
                                                       "TABLE",  "FROM", "("};
  if (std::find(k_words.begin(), k_words.end(), word) == k_words.end()) {
    throw Error(ErrorKind::usage, "--sql: it begins with '" + word + "', which no query does",
                "only rows that a query returns can be versioned: SELECT … FROM …");
  }
}

[[noreturn]] void refuse_part(const std::string& word)
{
  throw Error(ErrorKind::usage, "--sql: it has '" + word + "', which writes",
              "only rows that a query returns can be versioned: SELECT … FROM …; a column of that "
              "name goes into quotes");
}

// A query's tokens with what stands around them.
class QueryWords {
 public:
  explicit QueryWords(std::string_view sql) : sql_(sql), tokens_(query_tokens(sql)) {}

  [[nodiscard]] std::size_t size() const { return tokens_.size(); }

  // In upper case; nothing where no word or mark stands.
  [[nodiscard]] std::string at(std::size_t index) const
  {
    return index < tokens_.size() &&
                   (is(index, QueryToken::Kind::word) || is(index, QueryToken::Kind::mark))
               ? query_word_of(sql_, tokens_[index])
               : "";
  }

  [[nodiscard]] bool is_word(std::size_t index) const { return is(index, QueryToken::Kind::word); }

  [[nodiscard]] bool is_operand(std::size_t index) const
  {
    return is_word(index) || is(index, QueryToken::Kind::name);
  }

  // Behind AS, or behind a table's name and a dot; "1." is a number.
  [[nodiscard]] bool names_column(std::size_t index) const
  {
    const std::string before = index > 0 ? at(index - 1) : "";
    const bool number =
        index > 1 && std::isdigit(static_cast<unsigned char>(sql_[tokens_[index - 2].begin])) != 0;
    return before == "AS" || (before == "." && index > 1 && is_operand(index - 2) && !number);
  }

 private:
  [[nodiscard]] bool is(std::size_t index, QueryToken::Kind kind) const
  {
    return index < tokens_.size() && tokens_[index].kind == kind;
  }

  std::string_view sql_;
  std::vector<QueryToken> tokens_;
};

// DuckDB's UNPIVOT … INTO NAME month VALUE sales names columns.
bool is_unpivot(const QueryWords& words, std::size_t into)
{
  return words.at(into + 1) == "NAME" && words.is_operand(into + 2) &&
         words.at(into + 3) == "VALUE";
}

// Statements that write may also stand within one that begins as a query does: behind WITH, and as
// parts of it between parentheses. Dialects know best what else does.
void check_writes_nothing(std::string_view sql)
{
  const QueryWords words(sql);
  const bool has_with = words.at(0) == "WITH";
  std::string begun;
  int depth = 0;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string word = words.at(i);
    const std::string before = i > 0 ? words.at(i - 1) : "";
    depth += word == "(" ? 1 : word == ")" ? -1 : 0;
    const bool begins = before == "(" || (before == ")" && has_with && depth == 0);
    if (word == "INTO" && before != "[" && !words.names_column(i) && !is_unpivot(words, i)) {
      refuse_part(word);
    }
    if (begins && words.is_operand(i + 1)) {
      if (word == "DELETE" || word == "INSERT") {
        refuse_part(word);
      }
      begun = word == "UPDATE" || word == "MERGE" ? word : begun;
    }
    if ((begun == "UPDATE" && word == "SET") || (begun == "MERGE" && word == "MATCHED")) {
      refuse_part(begun);
    }
  }
}

}  // namespace

std::string single_query(std::string_view sql)
{
  QueryScanner scanner(sql);
  const auto first = scanner.next();
  if (!first || sql[first->begin] == ';') {
    throw Error(ErrorKind::usage, "--sql: there is no query", "write --sql \"SELECT …\"");
  }
  if (first->kind == QueryToken::Kind::name || first->kind == QueryToken::Kind::literal) {
    check_first_word("'");
  }
  check_first_word(query_word_of(sql, *first));
  check_writes_nothing(sql);
  std::size_t end = first->end;
  std::optional<std::size_t> closed;
  while (const auto token = scanner.next()) {
    const bool semicolon = token->kind == QueryToken::Kind::mark && sql[token->begin] == ';';
    if (semicolon && !closed) {
      closed = end;
    } else if (closed && !semicolon) {
      throw Error(ErrorKind::usage, "--sql: more than one statement",
                  "take one snapshot a query, each with a name of its own");
    } else if (!semicolon) {
      end = token->end;
    }
  }
  return std::string(sql.substr(first->begin, closed.value_or(end) - first->begin));
}

bool has_order(std::string_view sql)
{
  QueryScanner scanner(sql);
  int depth = 0;
  bool order = false;
  while (const auto token = scanner.next()) {
    if (token->kind == QueryToken::Kind::mark) {
      depth += sql[token->begin] == '(' ? 1 : sql[token->begin] == ')' ? -1 : 0;
      order = false;
    } else if (token->kind == QueryToken::Kind::word && depth == 0) {
      const std::string word = query_word_of(sql, *token);
      if (order && word == "BY") {
        return true;
      }
      order = word == "ORDER";
    }
  }
  return false;
}

}  // namespace mlrepro::plan
