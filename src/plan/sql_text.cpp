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
    std::size_t end = std::min(text.find_first_of(" ;&'\"", value), text.size());
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
  while (const auto token = scanner.next()) {
    if (token->kind == Token::Kind::literal) {
      result.append(sql.substr(done, token->begin - done));
      const std::string_view text = sql.substr(token->begin, token->end - token->begin);
      const std::size_t quote = text.front() == '$' ? text.find('$', 1) + 1 : 1;
      const std::size_t inside = text.size() - std::min(text.size(), 2 * quote);
      result.append(text.substr(0, quote));
      result.append(scrub_pairs(scrub_urls(text.substr(quote, inside))));
      result.append(text.substr(std::min(quote + inside, text.size())));
      done = token->end;
    }
  }
  return result.append(sql.substr(done));
}

}  // namespace mlrepro::plan
