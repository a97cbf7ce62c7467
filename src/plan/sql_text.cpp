// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/sql_text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>

#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/scrub.hpp"

namespace mlrepro::plan {
namespace {

using model::Error;
using model::ErrorKind;

bool is_word_byte(char c)
{
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) != 0 || c == '_' || byte >= 0x80;
}

struct Token {
  enum class Kind { word, literal, name, mark };
  Kind kind = Kind::mark;
  std::size_t begin = 0;
  std::size_t end = 0;
};

// Words, quoted texts and single marks, without white space and comments.
class Scanner {
 public:
  explicit Scanner(std::string_view sql) : sql_(sql) {}

  std::optional<Token> next()
  {
    skip_blank();
    if (at_ >= sql_.size()) {
      return std::nullopt;
    }
    Token token;
    token.begin = at_;
    const char first = sql_[at_];
    if (first == '\'') {
      token.kind = Token::Kind::literal;
      const bool escapes = at_ > 0 && (sql_[at_ - 1] == 'e' || sql_[at_ - 1] == 'E') &&
                           (at_ < 2 || !is_word_byte(sql_[at_ - 2]));
      at_ = end_of_quoted(first, escapes);
    } else if (first == '"' || first == '`') {
      token.kind = Token::Kind::name;
      at_ = end_of_quoted(first, false);
    } else if (const std::size_t end = end_of_dollar_quoted(); end != std::string::npos) {
      token.kind = Token::Kind::literal;
      at_ = end;
    } else if (is_word_byte(first)) {
      token.kind = Token::Kind::word;
      while (at_ < sql_.size() && is_word_byte(sql_[at_])) {
        ++at_;
      }
    } else {
      ++at_;
    }
    token.end = at_;
    return token;
  }

  [[nodiscard]] std::string upper(const Token& token) const
  {
    std::string word(sql_.substr(token.begin, token.end - token.begin));
    std::transform(word.begin(), word.end(), word.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return word;
  }

 private:
  void skip_blank()
  {
    for (;;) {
      const std::size_t before = at_;
      while (at_ < sql_.size() && std::isspace(static_cast<unsigned char>(sql_[at_])) != 0) {
        ++at_;
      }
      const std::string_view rest = sql_.substr(at_);
      if (rest.starts_with("--")) {
        at_ = std::min(sql_.find('\n', at_), sql_.size());
      } else if (rest.starts_with("/*")) {
        skip_block();
      }
      if (at_ == before) {
        return;
      }
    }
  }

  // Blocks nest, as in the standard.
  void skip_block()
  {
    int depth = 0;
    while (at_ < sql_.size()) {
      const std::string_view rest = sql_.substr(at_);
      if (rest.starts_with("/*")) {
        ++depth;
        at_ += 2;
      } else if (rest.starts_with("*/")) {
        at_ += 2;
        if (--depth == 0) {
          return;
        }
      } else {
        ++at_;
      }
    }
  }

  // Behind the closing quote; a doubled one is a quote of the text.
  [[nodiscard]] std::size_t end_of_quoted(char quote, bool escapes) const
  {
    for (std::size_t at = at_ + 1; at < sql_.size(); ++at) {
      if (escapes && sql_[at] == '\\') {
        ++at;
      } else if (sql_[at] == quote) {
        if (at + 1 >= sql_.size() || sql_[at + 1] != quote) {
          return at + 1;
        }
        ++at;
      }
    }
    return sql_.size();
  }

  // Of "$tag$ … $tag$"; npos where that is not what stands here.
  [[nodiscard]] std::size_t end_of_dollar_quoted() const
  {
    if (sql_[at_] != '$') {
      return std::string::npos;
    }
    std::size_t end = at_ + 1;
    while (end < sql_.size() && is_word_byte(sql_[end])) {
      ++end;
    }
    const bool number =
        end > at_ + 1 && std::isdigit(static_cast<unsigned char>(sql_[at_ + 1])) != 0;
    if (end >= sql_.size() || sql_[end] != '$' || number) {
      return std::string::npos;
    }
    const std::string_view tag = sql_.substr(at_, end + 1 - at_);
    const std::size_t close = sql_.find(tag, end + 1);
    return close == std::string::npos ? sql_.size() : close + tag.size();
  }

  std::string_view sql_;
  std::size_t at_ = 0;
};

void check_first_word(const std::string& word)
{
  constexpr std::array<std::string_view, 6> k_words = {"SELECT", "WITH", "VALUES",
                                                       "TABLE",  "FROM", "("};
  if (std::find(k_words.begin(), k_words.end(), word) == k_words.end()) {
    throw Error(ErrorKind::usage, "--sql: it begins with '" + word + "', which no query does",
                "only rows that a query returns can be versioned: SELECT … FROM …");
  }
}

// Statements that write may also stand within one that begins as a query does: behind WITH, and as
// parts of it between parentheses. Dialects know best what else does; none has another use for
// INTO.
class WriteGuard {
 public:
  // Each word, what stands before it, and whether another word or name stands behind it.
  void see(const std::string& word, char before, bool operand)
  {
    const bool begins = before == '(' || before == ')';
    const bool named = before == '.' || before == '[';
    if ((word == "INTO" && !named) || (begins && word == "DELETE" && operand)) {
      refuse(word);
    }
    if (begins && (word == "UPDATE" || word == "MERGE") && operand) {
      begun_ = word;
    }
    if ((begun_ == "UPDATE" && word == "SET") || (begun_ == "MERGE" && word == "MATCHED")) {
      refuse(begun_);
    }
  }

 private:
  [[noreturn]] static void refuse(const std::string& word)
  {
    throw Error(ErrorKind::usage, "--sql: it has '" + word + "', which writes",
                "only rows that a query returns can be versioned: SELECT … FROM …");
  }

  std::string begun_;
};

// "key=value" and "key='value'" words of a literal, the values of secret keys replaced.
std::string scrub_pairs(std::string_view text)
{
  std::string result;
  std::size_t done = 0;
  for (std::size_t equals = text.find('='); equals != std::string::npos;
       equals = text.find('=', equals + 1)) {
    std::size_t key_end = equals;
    while (key_end > done && text[key_end - 1] == ' ') {
      --key_end;
    }
    std::size_t key = key_end;
    while (key > done && (is_word_byte(text[key - 1]) || text[key - 1] == '-')) {
      --key;
    }
    if (!is_secret_name(text.substr(key, key_end - key))) {
      continue;
    }
    std::size_t value = equals + 1;
    while (value < text.size() && text[value] == ' ') {
      ++value;
    }
    std::size_t end = std::min(text.find_first_of(" \t\r\n;&'\"", value), text.size());
    if (end == value && value < text.size()) {
      // A value in quotes, which the literal may double.
      value = std::min(text.find_first_not_of("'\"", value), text.size());
      end = std::min(text.find_first_of("'\"", value), text.size());
    }
    result.append(text.substr(done, value - done)).append(k_scrubbed);
    done = end;
    equals = std::max(equals, end == 0 ? 0 : end - 1);
  }
  return result.append(text.substr(done));
}

void check_writes_nothing(std::string_view sql)
{
  Scanner scanner(sql);
  WriteGuard guard;
  char before = ' ';
  auto token = scanner.next();
  while (token) {
    const auto next = scanner.next();
    if (token->kind == Token::Kind::word) {
      const bool operand =
          next && (next->kind == Token::Kind::word || next->kind == Token::Kind::name);
      guard.see(scanner.upper(*token), before, operand);
    }
    before = token->kind == Token::Kind::mark ? sql[token->begin] : ' ';
    token = next;
  }
}

// Of a comment's line or part. Asterisks for what was taken out could begin or end a comment.
std::string scrub_remark(std::string_view text)
{
  std::string result = scrub_pairs(scrub_urls(text));
  if (result != text) {
    for (std::size_t at = result.find(k_scrubbed); at != std::string::npos;
         at = result.find(k_scrubbed)) {
      result.replace(at, k_scrubbed.size(), "xxx");
    }
  }
  return result;
}

// What stands between two tokens, of which comments keep their ends.
std::string scrub_comments(std::string_view text)
{
  std::string result;
  while (!text.empty()) {
    const std::size_t end =
        std::min({text.find('\n'), text.find("*/"), text.find("/*"), text.size()});
    const std::size_t next =
        std::min(end + (text.substr(end).starts_with('\n') ? 1 : 2), text.size());
    result += scrub_remark(text.substr(0, end));
    result += text.substr(end, next - end);
    text.remove_prefix(next);
  }
  return result;
}

// Of the literal that stands behind `password =>` or `password :=`, an argument by its name.
bool is_argument(std::string_view word, std::string_view between)
{
  const std::size_t sign = between.find_first_not_of(" \t\r\n");
  const std::string_view rest = sign == std::string_view::npos ? "" : between.substr(sign);
  return (rest.starts_with("=>") || rest.starts_with(":=")) && is_secret_name(word);
}

// How many bytes of a quoted text are quotes, on either side.
std::size_t quote_of(std::string_view text)
{
  return std::min(text.front() == '$' ? text.find('$', 1) + 1 : 1, text.size() / 2);
}

std::string scrub_quoted(std::string_view text, bool secret)
{
  const std::size_t quote = quote_of(text);
  const std::string_view inside = text.substr(quote, text.size() - 2 * quote);
  std::string result(text.substr(0, quote));
  result += secret ? std::string(k_scrubbed) : scrub_pairs(scrub_urls(inside));
  return result.append(text.substr(quote + inside.size()));
}

}  // namespace

std::string single_query(std::string_view sql)
{
  Scanner scanner(sql);
  const auto first = scanner.next();
  if (!first || sql[first->begin] == ';') {
    throw Error(ErrorKind::usage, "--sql: there is no query", "write --sql \"SELECT …\"");
  }
  if (first->kind == Token::Kind::name || first->kind == Token::Kind::literal) {
    check_first_word("'");
  }
  check_first_word(scanner.upper(*first));
  check_writes_nothing(sql);
  std::size_t end = first->end;
  std::optional<std::size_t> closed;
  while (const auto token = scanner.next()) {
    const bool semicolon = token->kind == Token::Kind::mark && sql[token->begin] == ';';
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
  Scanner scanner(sql);
  int depth = 0;
  bool order = false;
  while (const auto token = scanner.next()) {
    if (token->kind == Token::Kind::mark) {
      depth += sql[token->begin] == '(' ? 1 : sql[token->begin] == ')' ? -1 : 0;
      order = false;
    } else if (token->kind == Token::Kind::word && depth == 0) {
      const std::string word = scanner.upper(*token);
      if (order && word == "BY") {
        return true;
      }
      order = word == "ORDER";
    }
  }
  return false;
}

std::string scrub_query(std::string_view sql)
{
  Scanner scanner(sql);
  std::string result;
  std::size_t done = 0;
  std::string_view word;  // the last one, and where it ends
  std::size_t word_end = 0;
  while (const auto token = scanner.next()) {
    // Between tokens are blanks and comments.
    result += scrub_comments(sql.substr(done, token->begin - done));
    const std::string_view text = sql.substr(token->begin, token->end - token->begin);
    done = token->end;
    if (token->kind == Token::Kind::literal) {
      const bool secret = is_argument(word, sql.substr(word_end, token->begin - word_end));
      result += scrub_quoted(text, secret);
    } else if (token->kind == Token::Kind::name) {
      result += scrub_quoted(text, false);  // to some databases it is a text
    } else {
      result += text;
    }
    if (token->kind == Token::Kind::word) {
      word = text;
      word_end = token->end;
    } else if (token->kind != Token::Kind::mark) {
      word = {};
    }
  }
  return result += scrub_comments(sql.substr(done));
}

bool lacks_credentials(std::string_view sql)
{
  Scanner scanner(sql);
  while (const auto token = scanner.next()) {
    if (token->kind == Token::Kind::literal || token->kind == Token::Kind::name) {
      const std::string_view text = sql.substr(token->begin, token->end - token->begin);
      const std::size_t quote = quote_of(text);
      if (is_scrubbed(text.substr(quote, text.size() - 2 * quote))) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace mlrepro::plan
