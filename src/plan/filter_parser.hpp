// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "mlrepro/plan/filter.hpp"
#include "plan/filter_lexer.hpp"

namespace mlrepro::plan {

// The grammar of filters: comparisons joined by "and", "or", "not" and parentheses. What is
// compared, and with what, is a language's to say, of which there are two: that of `list --filter`
// and MLflow's.
class FilterParser {
 public:
  explicit FilterParser(FilterLexer lexer) : lexer_(lexer) { advance(); }
  FilterParser(const FilterParser&) = delete;
  FilterParser& operator=(const FilterParser&) = delete;
  virtual ~FilterParser() = default;

  Filter parse();

 protected:
  // Takes the field at the present token.
  virtual FilterField take_field() = 0;
  // Whether the language has this operator for the field; refuses at `column`.
  virtual void check_operator(const Filter& filter, std::size_t column) const = 0;
  // What "like" and "ilike" mean; absent: the language has no such word.
  [[nodiscard]] virtual std::optional<FilterOperator> pattern_operator(std::string_view word,
                                                                       bool negated) const = 0;
  // The value at the present token, with the type of its field.
  [[nodiscard]] virtual FilterValue read_value(const Filter& filter) const = 0;

  void advance() { token_ = lexer_.next(); }
  bool accept_word(std::string_view word);
  bool accept_sign(std::string_view sign);
  [[noreturn]] void expected(const std::string& what) const;
  [[noreturn]] void refuse(std::size_t column, const std::string& why,
                           const std::string& hint = {}) const
  {
    lexer_.refuse(column, why, hint);
  }
  [[nodiscard]] const Token& token() const { return token_; }
  [[nodiscard]] FilterLexer& lexer() { return lexer_; }

 private:
  Filter parse_disjunction();
  Filter parse_conjunction();
  Filter parse_rest(std::string_view word, Filter::Kind kind, Filter first);
  Filter parse_negation();
  Filter parse_comparison();
  FilterOperator parse_operator();
  FilterValue take_value(const Filter& filter);
  void count_value(std::size_t column);

  FilterLexer lexer_;
  Token token_;
  std::size_t depth_ = 0;
  std::size_t values_ = 0;
};

}  // namespace mlrepro::plan
