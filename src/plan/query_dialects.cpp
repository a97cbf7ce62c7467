// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/sql_text.hpp"
#include "plan/query_scanner.hpp"

namespace mlrepro::plan {
namespace {

[[noreturn]] void refuse_ambiguous(const std::string& what, const std::string& hint)
{
  throw model::Error(model::ErrorKind::usage,
                     "--sql: it has " + what + ", which not all databases read alike", hint);
}

// Where MySQL's comment from '#' on ends, and whether a bracket of SQL Server's names is open.
struct OtherReading {
  std::size_t line_end = 0;
  bool bracket = false;
};

void check_comment(std::string_view text)
{
  const bool block = text.starts_with("/*");
  const std::string_view inside = text.substr(2);
  if (block && (inside.starts_with('!') || inside.starts_with("M!"))) {
    refuse_ambiguous("'/*!'", "write what stands in the comment as a part of the query");
  }
  if (block && inside.find("/*") != std::string_view::npos) {
    refuse_ambiguous("a comment within a comment", "take the inner one out");
  }
  if (!block && !inside.empty() && std::isspace(static_cast<unsigned char>(inside.front())) == 0) {
    refuse_ambiguous("'--' without a blank behind it", "write '-- ' before a comment, '- -' else");
  }
}

void check_quoted(std::string_view text)
{
  if (text.starts_with('$')) {
    refuse_ambiguous("a text in dollars", "write it in single quotes");
  }
  bool escaped = false;
  for (const char c : text.substr(1)) {
    if (escaped && c == text.front()) {
      refuse_ambiguous("a backslash before a quote",
                       "write a quote in a text twice, and a backslash at its end with chr(92)");
    }
    escaped = c == '\\' && !escaped;
  }
}

// Blanks that some databases skip and others take for letters.
void check_blanks(std::string_view word)
{
  for (const std::string_view blank :
       {"\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004",
        "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200a", "\u200b",
        "\u2028", "\u2029", "\u202f", "\u205f", "\u3000", "\ufeff", "\u0085"}) {
    if (word.find(blank) != std::string_view::npos) {
      refuse_ambiguous("a blank that is no ASCII", "write ordinary blanks between words");
    }
  }
}

void check_other_reading(std::string_view sql, const QueryToken& token, OtherReading& other)
{
  const std::string_view text = query_text_of(sql, token);
  if (token.kind == QueryToken::Kind::mark) {
    if (text == "#") {
      other.line_end = std::min(sql.find('\n', token.begin), sql.size());
    }
    other.bracket = text == "[" || (other.bracket && text != "]");
    return;
  }
  if (token.kind == QueryToken::Kind::word) {
    return;
  }
  if (token.begin < other.line_end && token.end > other.line_end) {
    refuse_ambiguous("a '#' before a text of several lines", "put the text on one line");
  }
  if (other.bracket && text.find(']') != std::string_view::npos) {
    refuse_ambiguous("a quote or comment within brackets", "write the name in double quotes");
  }
}

// Statements that some databases begin without a semicolon before them. Their words name a column
// only behind AS or a table's name; INSERT( and TRUNCATE( are functions of MySQL.
void check_statements(std::string_view sql)
{
  constexpr std::array<std::string_view, 17> k_statements = {
      "COMMIT", "ROLLBACK", "DELETE", "INSERT", "UPDATE", "MERGE", "EXEC", "EXECUTE", "TRUNCATE",
      "DROP",   "ALTER",    "CREATE", "GRANT",  "REVOKE", "DENY",  "SET",  "INTO"};
  const std::vector<QueryToken> tokens = query_tokens(sql);
  const auto text = [&](std::size_t i) {
    return i < tokens.size() ? query_word_of(sql, tokens[i]) : std::string();
  };
  const bool has_hash = sql.find('#') != std::string_view::npos;  // behind it MySQL reads no AS
  for (std::size_t i = 1; i < tokens.size(); ++i) {
    const std::string word = text(i);
    const bool function = (word == "INSERT" || word == "TRUNCATE") && text(i + 1) == "(";
    const bool column = (text(i - 1) == "AS" && !has_hash) ||
                        (text(i - 1) == "." && i > 1 && is_query_word_byte(text(i - 2).front()) &&
                         std::isdigit(static_cast<unsigned char>(text(i - 2).front())) == 0);
    if (tokens[i].kind == QueryToken::Kind::word && !function && !column &&
        std::find(k_statements.begin(), k_statements.end(), word) != k_statements.end()) {
      throw model::Error(model::ErrorKind::usage,
                         "--sql: it has '" + word + "', which begins another statement",
                         "a column of that name goes into quotes");
    }
  }
}

}  // namespace

void check_any_dialect(std::string_view sql)
{
  QueryScanner scanner(sql, QueryComments::given);
  OtherReading other;
  while (const auto token = scanner.next()) {
    const std::string_view text = query_text_of(sql, *token);
    if (token->kind == QueryToken::Kind::comment) {
      check_comment(text);
    } else if (token->kind == QueryToken::Kind::word) {
      check_blanks(text);
    } else if (token->kind != QueryToken::Kind::mark) {
      check_quoted(text);
    }
    // A line's comment ends at a carriage return in some, which is then followed by a line's end.
    if (text.starts_with("--") && token->end < sql.size() && sql[token->end] == '\r' &&
        !sql.substr(token->end).starts_with("\r\n")) {
      refuse_ambiguous("a carriage return in a comment", "end lines with a line feed");
    }
    check_other_reading(sql, *token, other);
  }
  check_statements(sql);
}

}  // namespace mlrepro::plan
