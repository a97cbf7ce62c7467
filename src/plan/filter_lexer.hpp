// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mlrepro::plan {

enum class TokenKind { word, quoted, number, sign, end };

struct Token {
  TokenKind kind = TokenKind::end;
  std::string text;  // without quotes
  std::size_t column = 0;
  double number = 0;
};

// A whole number or decimal; also NaN and infinity.
std::optional<double> to_number(std::string_view text);

class FilterLexer {
 public:
  // `what` names the text in errors, and must outlive this.
  explicit FilterLexer(std::string_view text, std::string_view what = "filter")
      : text_(text), what_(what)
  {
  }

  // Throws Error{usage} naming the column, from 1.
  [[noreturn]] void refuse(std::size_t column, const std::string& why,
                           const std::string& hint = {}) const;

  Token next();
  // A quoted key that follows the dot of a field without a space.
  std::optional<std::string> take_quoted_key();

 private:
  Token take_word(Token token);
  std::string take_quoted();

  std::string_view text_;
  std::string_view what_;
  std::size_t at_ = 0;
};

}  // namespace mlrepro::plan
