// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/sql_tokens.hpp"

#include <algorithm>

#include "mlrepro/model/error.hpp"

namespace mlrepro::plan {
namespace {

using model::Error;
using model::ErrorKind;
using TokenKind = SqlToken::Kind;

bool is_digit(char c)
{
  return c >= '0' && c <= '9';
}

// Bytes beyond ASCII are letters, as they are to the engine.
bool begins_word(char c)
{
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool continues_word(char c)
{
  return begins_word(c) || is_digit(c) || c == '$';
}

bool is_blank(char c)
{
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

class Lexer {
 public:
  explicit Lexer(std::string_view sql) : sql_(sql) {}

  std::vector<SqlToken> run()
  {
    std::vector<SqlToken> tokens;
    while (skip_to_token()) {
      const std::size_t begin = at_;
      SqlToken token = take();
      token.begin = begin;
      token.end = at_;
      tokens.push_back(std::move(token));
    }
    return tokens;
  }

 private:
  enum class Backslash { plain, escapes };

  [[nodiscard]] char peek(std::size_t ahead = 0) const
  {
    return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0';
  }

  [[noreturn]] void refuse(const std::string& what, std::size_t begin) const
  {
    constexpr std::size_t k_shown = 20;
    throw Error(ErrorKind::usage, "SQL: " + what + " is not closed, from \"" +
                                      std::string(sql_.substr(begin, k_shown)) + "\" on");
  }

  // False at the end.
  bool skip_to_token()
  {
    while (at_ < sql_.size()) {
      if (is_blank(sql_[at_])) {
        ++at_;
      } else if (sql_.substr(at_, 2) == "--") {
        at_ = std::min(sql_.find('\n', at_), sql_.size());
      } else if (sql_.substr(at_, 2) == "/*") {
        skip_comment();
      } else {
        return true;
      }
    }
    return false;
  }

  // Comments between /* and */ may hold others.
  void skip_comment()
  {
    const std::size_t begin = at_;
    std::size_t depth = 0;
    do {
      const std::string_view two = sql_.substr(at_, 2);
      if (two.size() < 2) {
        refuse("a comment", begin);
      }
      const bool opens = two == "/*";
      const bool closes = two == "*/";
      depth += opens ? 1 : 0;
      depth -= closes ? 1 : 0;
      at_ += opens || closes ? 2 : 1;
    } while (depth > 0);
  }

  SqlToken take()
  {
    const char c = peek();
    if (c == '\'') {
      return quoted(TokenKind::text, '\'', Backslash::plain);
    }
    if (c == '"') {
      return quoted(TokenKind::quoted_name, '"', Backslash::plain);
    }
    if ((c == 'e' || c == 'E') && peek(1) == '\'') {
      ++at_;
      return quoted(TokenKind::text, '\'', Backslash::escapes);
    }
    if (begins_word(c)) {
      return word();
    }
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) {
      return number();
    }
    if (c == '$' && (peek(1) == '$' || begins_word(peek(1)))) {
      return dollar_quoted();
    }
    ++at_;
    return {TokenKind::symbol, 0, 0, std::string(1, c)};
  }

  SqlToken quoted(TokenKind kind, char quote, Backslash backslash)
  {
    const std::size_t begin = at_++;
    SqlToken token;
    token.kind = kind;
    while (true) {
      if (at_ >= sql_.size()) {
        refuse(kind == TokenKind::text ? "a text" : "a name", begin);
      }
      const char c = sql_[at_++];
      if (c == quote && peek() != quote) {
        return token;
      }
      const bool escape = backslash == Backslash::escapes && c == '\\' && at_ < sql_.size();
      token.value += escape ? sql_[at_] : c;
      at_ += escape || c == quote ? 1 : 0;
    }
  }

  SqlToken word()
  {
    SqlToken token;
    token.kind = TokenKind::word;
    for (; at_ < sql_.size() && continues_word(sql_[at_]); ++at_) {
      const char c = sql_[at_];
      token.value += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return token;
  }

  SqlToken number()
  {
    const std::size_t begin = at_;
    while (continues_word(peek()) || peek() == '.') {
      ++at_;
    }
    return {TokenKind::number, 0, 0, std::string(sql_.substr(begin, at_ - begin))};
  }

  SqlToken dollar_quoted()
  {
    const std::size_t begin = at_;
    std::size_t end = at_ + 1;
    while (end < sql_.size() && (begins_word(sql_[end]) || is_digit(sql_[end]))) {
      ++end;
    }
    if (end >= sql_.size() || sql_[end] != '$') {  // $name is a parameter
      at_ = end;
      return {TokenKind::symbol, 0, 0, std::string(sql_.substr(begin, end - begin))};
    }
    const std::string_view mark = sql_.substr(begin, end + 1 - begin);
    const std::size_t close = sql_.find(mark, end + 1);
    if (close == std::string_view::npos) {
      refuse("a text", begin);
    }
    at_ = close + mark.size();
    return {TokenKind::text, 0, 0, std::string(sql_.substr(end + 1, close - end - 1))};
  }

  std::string_view sql_;
  std::size_t at_ = 0;
};

bool is_semicolon(const SqlToken& token)
{
  return token.kind == TokenKind::symbol && token.value == ";";
}

}  // namespace

std::vector<SqlToken> sql_tokens(std::string_view sql)
{
  return Lexer(sql).run();
}

std::string single_statement(std::string_view sql)
{
  std::vector<SqlToken> tokens = sql_tokens(sql);
  while (!tokens.empty() && is_semicolon(tokens.back())) {
    tokens.pop_back();
  }
  if (tokens.empty()) {
    throw Error(ErrorKind::usage, "SQL without a statement in it",
                "type for example \"SELECT * FROM runs\"");
  }
  if (std::any_of(tokens.begin(), tokens.end(), is_semicolon)) {
    throw Error(ErrorKind::usage, "SQL of several statements where one is expected",
                "leave out what follows the semicolon");
  }
  return std::string(sql.substr(tokens.front().begin, tokens.back().end - tokens.front().begin));
}

}  // namespace mlrepro::plan
