// SPDX-License-Identifier: Apache-2.0
#include "plan/filter_parser.hpp"

#include <array>
#include <utility>

#include "mlrepro/model/ascii.hpp"

namespace mlrepro::plan {
namespace {

constexpr std::size_t k_max_depth = 100;   // of parentheses and "not"
constexpr std::size_t k_max_values = 400;  // and comparisons; SQLite's expressions end at 1000 deep

}  // namespace

void FilterParser::expected(const std::string& what) const
{
  const std::string found = token_.kind == TokenKind::end ? "the end" : "'" + token_.text + "'";
  lexer_.refuse(token_.column, "expected " + what + ", found " + found);
}

bool FilterParser::accept_word(std::string_view word)
{
  if (token_.kind != TokenKind::word || model::lower_case(token_.text) != word) {
    return false;
  }
  advance();
  return true;
}

bool FilterParser::accept_sign(std::string_view sign)
{
  if (token_.kind != TokenKind::sign || token_.text != sign) {
    return false;
  }
  advance();
  return true;
}

Filter FilterParser::parse()
{
  if (token_.kind == TokenKind::end) {
    return {};
  }
  Filter filter = parse_disjunction();
  if (token_.kind != TokenKind::end) {
    expected("'and', 'or' or the end");
  }
  return filter;
}

Filter FilterParser::parse_disjunction()
{
  Filter first = parse_conjunction();
  return parse_rest("or", Filter::Kind::disjunction, std::move(first));
}

Filter FilterParser::parse_conjunction()
{
  Filter first = parse_negation();
  return parse_rest("and", Filter::Kind::conjunction, std::move(first));
}

Filter FilterParser::parse_rest(std::string_view word, Filter::Kind kind, Filter first)
{
  if (token_.kind != TokenKind::word || model::lower_case(token_.text) != word) {
    return first;
  }
  Filter joined;
  joined.kind = kind;
  joined.children.push_back(std::move(first));
  while (accept_word(word)) {
    joined.children.push_back(kind == Filter::Kind::disjunction ? parse_conjunction()
                                                                : parse_negation());
  }
  return joined;
}

Filter FilterParser::parse_negation()
{
  if (++depth_ > k_max_depth) {
    lexer_.refuse(token_.column, "nested too deeply");
  }
  Filter filter;
  if (accept_word("not")) {
    filter.kind = Filter::Kind::negation;
    filter.children.push_back(parse_negation());
  } else if (accept_sign("(")) {
    filter = parse_disjunction();
    if (!accept_sign(")")) {
      expected("')'");
    }
  } else {
    filter = parse_comparison();
  }
  --depth_;
  return filter;
}

Filter FilterParser::parse_comparison()
{
  Filter filter;
  filter.kind = Filter::Kind::comparison;
  filter.field = take_field();
  const std::size_t column = token_.column;
  filter.comparison = parse_operator();
  check_operator(filter, column);
  if (filter.comparison == FilterOperator::in || filter.comparison == FilterOperator::not_in) {
    if (!accept_sign("(")) {
      expected("'('");
    }
    do {
      filter.values.push_back(take_value(filter));
    } while (accept_sign(","));
    if (!accept_sign(")")) {
      expected("',' or ')'");
    }
  } else if (filter.comparison == FilterOperator::is_null ||
             filter.comparison == FilterOperator::is_not_null) {
    count_value(column);
  } else {
    filter.values.push_back(take_value(filter));
  }
  return filter;
}

FilterOperator FilterParser::parse_operator()
{
  constexpr std::array<std::pair<std::string_view, FilterOperator>, 6> k_signs = {
      {{"=", FilterOperator::equal},
       {"!=", FilterOperator::not_equal},
       {"<", FilterOperator::less},
       {"<=", FilterOperator::less_equal},
       {">", FilterOperator::greater},
       {">=", FilterOperator::greater_equal}}};
  for (const auto& [sign, comparison] : k_signs) {
    if (accept_sign(sign)) {
      return comparison;
    }
  }
  if (accept_word("is")) {
    const bool negated = accept_word("not");
    if (!accept_word("null")) {
      expected("'null'");
    }
    return negated ? FilterOperator::is_not_null : FilterOperator::is_null;
  }
  const bool negated = accept_word("not");
  if (token_.kind == TokenKind::word) {
    if (const auto pattern = pattern_operator(model::lower_case(token_.text), negated)) {
      advance();
      return *pattern;
    }
  }
  if (accept_word("in")) {
    return negated ? FilterOperator::not_in : FilterOperator::in;
  }
  expected("one of = != < <= > >= like in is");
}

void FilterParser::count_value(std::size_t column)
{
  if (++values_ > k_max_values) {
    lexer_.refuse(column, "more than " + std::to_string(k_max_values) + " values");
  }
}

FilterValue FilterParser::take_value(const Filter& filter)
{
  count_value(token_.column);
  FilterValue value = read_value(filter);
  advance();
  return value;
}

}  // namespace mlrepro::plan
