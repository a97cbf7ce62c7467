// SPDX-License-Identifier: Apache-2.0
#include "plan/query_scanner.hpp"

#include <algorithm>
#include <cctype>

namespace mlrepro::plan {

bool is_query_word_byte(char c)
{
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) != 0 || c == '_' || byte >= 0x80;
}

std::string_view query_text_of(std::string_view sql, const QueryToken& token)
{
  return sql.substr(token.begin, token.end - token.begin);
}

std::string query_word_of(std::string_view sql, const QueryToken& token)
{
  std::string word(query_text_of(sql, token));
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return word;
}

std::vector<QueryToken> query_tokens(std::string_view sql)
{
  QueryScanner scanner(sql);
  std::vector<QueryToken> tokens;
  while (const auto token = scanner.next()) {
    tokens.push_back(*token);
  }
  return tokens;
}

std::optional<QueryToken> QueryScanner::next()
{
  for (;;) {
    while (at_ < sql_.size() && std::isspace(static_cast<unsigned char>(sql_[at_])) != 0) {
      ++at_;
    }
    if (at_ >= sql_.size()) {
      return std::nullopt;
    }
    const QueryToken token = scan();
    if (token.kind != QueryToken::Kind::comment || comments_ == QueryComments::given) {
      return token;
    }
  }
}

QueryToken QueryScanner::scan()
{
  QueryToken token;
  token.begin = at_;
  const char first = sql_[at_];
  const std::string_view rest = sql_.substr(at_);
  if (rest.starts_with("--") || rest.starts_with("/*")) {
    token.kind = QueryToken::Kind::comment;
    first == '-' ? skip_line() : skip_block();
  } else if (first == '\'') {
    token.kind = QueryToken::Kind::literal;
    const bool escapes = at_ > 0 && (sql_[at_ - 1] == 'e' || sql_[at_ - 1] == 'E') &&
                         (at_ < 2 || !(is_query_word_byte(sql_[at_ - 2]) || sql_[at_ - 2] == '$'));
    at_ = end_of_quoted(first, escapes);
  } else if (first == '"' || first == '`') {
    token.kind = QueryToken::Kind::name;
    at_ = end_of_quoted(first, false);
  } else if (const std::size_t end = end_of_dollar_quoted(); end != std::string::npos) {
    token.kind = QueryToken::Kind::literal;
    at_ = end;
  } else if (is_query_word_byte(first)) {
    token.kind = QueryToken::Kind::word;
    skip_word();
  } else {
    ++at_;
  }
  token.end = at_;
  return token;
}

// A dollar within a word is a part of it, and begins no quoted text.
void QueryScanner::skip_word()
{
  while (at_ < sql_.size() && (is_query_word_byte(sql_[at_]) || sql_[at_] == '$')) {
    ++at_;
  }
}

void QueryScanner::skip_line()
{
  at_ = std::min(sql_.find_first_of("\r\n", at_), sql_.size());
}

// Blocks nest, as in the standard.
void QueryScanner::skip_block()
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
std::size_t QueryScanner::end_of_quoted(char quote, bool escapes) const
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
std::size_t QueryScanner::end_of_dollar_quoted() const
{
  if (sql_[at_] != '$') {
    return std::string::npos;
  }
  std::size_t end = at_ + 1;
  while (end < sql_.size() && is_query_word_byte(sql_[end])) {
    ++end;
  }
  const bool number = end > at_ + 1 && std::isdigit(static_cast<unsigned char>(sql_[at_ + 1])) != 0;
  if (end >= sql_.size() || sql_[end] != '$' || number) {
    return std::string::npos;
  }
  const std::string_view tag = sql_.substr(at_, end + 1 - at_);
  const std::size_t close = sql_.find(tag, end + 1);
  return close == std::string::npos ? sql_.size() : close + tag.size();
}

}  // namespace mlrepro::plan
