// SPDX-License-Identifier: Apache-2.0
#include "plan/filter_lexer.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "mlrepro/model/error.hpp"

namespace mlrepro::plan {
namespace {

bool is_word(char character)
{
  const auto byte = static_cast<unsigned char>(character);
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
         (character >= '0' && character <= '9') || byte >= 0x80 ||
         std::string_view("_./-+@:").find(character) != std::string_view::npos;
}

}  // namespace

std::optional<double> to_number(std::string_view text)
{
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) {
      return std::nullopt;
    }
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

void FilterLexer::refuse(std::size_t column, const std::string& why, const std::string& hint) const
{
  throw model::Error(model::ErrorKind::usage,
                     std::string(what_) + " '" + std::string(text_) + "', column " +
                         std::to_string(column) + ": " + why,
                     hint);
}

Token FilterLexer::next()
{
  const std::size_t start = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size());
  at_ = start;
  Token token{TokenKind::end, {}, start + 1, 0};
  if (start == text_.size()) {
    return token;
  }
  const char first = text_[start];
  if (first == '\'' || first == '"' || first == '`') {
    token.kind = TokenKind::quoted;
    token.text = take_quoted();
    return token;
  }
  if (is_word(first)) {
    return take_word(std::move(token));
  }
  token.kind = TokenKind::sign;
  for (const std::string_view sign : {"<=", ">=", "!=", "<>", "==", "<", ">", "=", "(", ")", ","}) {
    if (text_.substr(start).starts_with(sign)) {
      token.text = sign == "<>" ? "!=" : sign == "==" ? "=" : sign;
      at_ += sign.size();
      return token;
    }
  }
  refuse(start + 1, "unexpected '" + std::string(1, first) + "'");
}

std::optional<std::string> FilterLexer::take_quoted_key()
{
  if (at_ < text_.size() && (text_[at_] == '\'' || text_[at_] == '"' || text_[at_] == '`')) {
    return take_quoted();
  }
  return std::nullopt;
}

Token FilterLexer::take_word(Token token)
{
  const std::size_t start = at_;
  while (at_ < text_.size() && is_word(text_[at_])) {
    ++at_;
  }
  token.text = text_.substr(start, at_ - start);
  token.kind = TokenKind::word;
  if (const auto number = to_number(token.text)) {
    token.kind = TokenKind::number;
    token.number = *number;
  }
  return token;
}

// A doubled quote stands for one.
std::string FilterLexer::take_quoted()
{
  const std::size_t start = at_;
  const char quote = text_[at_];
  std::string content;
  for (++at_; at_ < text_.size(); ++at_) {
    if (text_[at_] != quote) {
      content += text_[at_];
    } else if (at_ + 1 < text_.size() && text_[at_ + 1] == quote) {
      content += text_[++at_];
    } else {
      ++at_;
      return content;
    }
  }
  refuse(start + 1, "the quote is not closed");
}

}  // namespace mlrepro::plan
