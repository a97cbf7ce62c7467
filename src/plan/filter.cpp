// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/filter.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "mlrepro/model/run.hpp"
#include "mlrepro/plan/suggest.hpp"
#include "plan/filter_fields.hpp"
#include "plan/filter_lexer.hpp"

namespace mlrepro::plan {
namespace {

using Kind = FilterField::Kind;
using Lexer = FilterLexer;
using Type = FieldType;

constexpr std::size_t k_max_depth = 100;   // of parentheses and "not"
constexpr std::size_t k_max_values = 400;  // and comparisons; SQLite's expressions end at 1000 deep

class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) { advance(); }

  Filter parse()
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

 private:
  void advance() { token_ = lexer_.next(); }

  [[noreturn]] void expected(const std::string& what) const
  {
    const std::string found = token_.kind == TokenKind::end ? "the end" : "'" + token_.text + "'";
    lexer_.refuse(token_.column, "expected " + what + ", found " + found);
  }

  bool accept_word(std::string_view word)
  {
    if (token_.kind != TokenKind::word || lower(token_.text) != word) {
      return false;
    }
    advance();
    return true;
  }

  bool accept_sign(std::string_view sign)
  {
    if (token_.kind != TokenKind::sign || token_.text != sign) {
      return false;
    }
    advance();
    return true;
  }

  Filter parse_disjunction()
  {
    Filter first = parse_conjunction();
    return parse_rest("or", Filter::Kind::disjunction, std::move(first));
  }

  Filter parse_conjunction()
  {
    Filter first = parse_negation();
    return parse_rest("and", Filter::Kind::conjunction, std::move(first));
  }

  Filter parse_rest(std::string_view word, Filter::Kind kind, Filter first)
  {
    if (token_.kind != TokenKind::word || lower(token_.text) != word) {
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

  Filter parse_negation()
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

  Filter parse_comparison()
  {
    Filter filter;
    filter.kind = Filter::Kind::comparison;
    filter.field = parse_field_token();
    const std::size_t column = token_.column;
    filter.comparison = parse_operator();
    check_operator(filter, column);
    if (filter.comparison == FilterOperator::in || filter.comparison == FilterOperator::not_in) {
      if (!accept_sign("(")) {
        expected("'('");
      }
      do {
        filter.values.push_back(parse_value(filter));
      } while (accept_sign(","));
      if (!accept_sign(")")) {
        expected("',' or ')'");
      }
    } else if (filter.comparison == FilterOperator::is_null ||
               filter.comparison == FilterOperator::is_not_null) {
      count_value(column);
    } else {
      filter.values.push_back(parse_value(filter));
    }
    return filter;
  }

  FilterField parse_field_token()
  {
    if (token_.kind != TokenKind::word) {
      expected("a field such as metrics.rmse or status");
    }
    const std::size_t column = token_.column;
    FilterField field;
    const std::string word = token_.text;
    const std::size_t dot = word.find('.');
    const auto prefix = find_prefix(lower(word.substr(0, dot)));
    if (dot == std::string::npos || !prefix) {
      field.key = lower(word);
    } else {
      field.kind = *prefix;
      field.key = word.substr(dot + 1);
      if (field.key.empty()) {
        field.key = lexer_.take_quoted_key().value_or("");
      }
      if (field.key.empty()) {
        lexer_.refuse(column, "a key must follow '" + word + "'");
      }
    }
    if (!is_known(field)) {
      refuse_field(column, field, word);
    }
    advance();
    return field;
  }

  [[noreturn]] void refuse_field(std::size_t column, const FilterField& field,
                                 const std::string& word) const
  {
    std::string hint = did_you_mean(field.key, fixed_keys(field.kind));
    if (hint.empty() && field.kind == Kind::attribute) {
      hint = "write metrics." + field.key + ", params." + field.key + " or tags." + field.key;
    }
    lexer_.refuse(column, "unknown field '" + word + "'", hint);
  }

  FilterOperator parse_operator()
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
    if (accept_word("like")) {
      return negated ? FilterOperator::not_like : FilterOperator::like;
    }
    if (accept_word("in")) {
      return negated ? FilterOperator::not_in : FilterOperator::in;
    }
    expected("one of = != < <= > >= like in is");
  }

  void check_operator(const Filter& filter, std::size_t column) const
  {
    const Type type = type_of(filter.field);
    const bool pattern =
        filter.comparison == FilterOperator::like || filter.comparison == FilterOperator::not_like;
    const bool ordered = filter.comparison >= FilterOperator::less &&
                         filter.comparison <= FilterOperator::greater_equal;
    const bool is_text = type == Type::text || type == Type::number_or_text ||
                         type == Type::status || type == Type::id || type == Type::version;
    if (pattern && !is_text) {
      lexer_.refuse(column, "'like' is for text, and '" + filter.field.key + "' is none");
    }
    if (ordered && (type == Type::id || type == Type::boolean || type == Type::status)) {
      lexer_.refuse(column, "'" + filter.field.key + "' has no order", "use = or !=");
    }
  }

  void count_value(std::size_t column)
  {
    if (++values_ > k_max_values) {
      lexer_.refuse(column, "more than " + std::to_string(k_max_values) + " values");
    }
  }

  FilterValue parse_value(const Filter& filter)
  {
    count_value(token_.column);
    const bool flag = token_.kind == TokenKind::word &&
                      (lower(token_.text) == "true" || lower(token_.text) == "false");
    if (token_.kind == TokenKind::word && !flag) {
      lexer_.refuse(token_.column, "'" + token_.text + "' is no value",
                    "write text in quotes: '" + token_.text + "'");
    }
    if (token_.kind == TokenKind::sign || token_.kind == TokenKind::end) {
      expected("a value");
    }
    FilterValue value{token_.text, std::nullopt};
    if (token_.kind == TokenKind::number) {
      value.number = token_.number;
    }
    if (filter.comparison != FilterOperator::like &&
        filter.comparison != FilterOperator::not_like) {
      convert(filter, value);
    } else {
      value.number.reset();
    }
    advance();
    return value;
  }

  // Gives the value the type of its field.
  void convert(const Filter& filter, FilterValue& value) const
  {
    switch (type_of(filter.field)) {
      case Type::number:
        return convert_number(filter, value);
      case Type::text:
      case Type::version:
        value.number.reset();
        return;
      case Type::number_or_text:
        if (value.number && std::isnan(*value.number)) {
          value.number.reset();
        }
        return;
      case Type::time:
        return require(
            value, value.number && !std::isnan(*value.number) ? value.number : to_time(value.text),
            "a time such as '2026-11-23T06:00:00Z'");
      case Type::boolean:
        return require(value, to_boolean(value), "true or false");
      case Type::level:
        return require(
            value,
            value.number && !std::isnan(*value.number) ? value.number : to_level(lower(value.text)),
            "a level from 0 to 5 or its name");
      case Type::status:
        value.number.reset();
        if (!model::parse_run_status(value.text)) {
          lexer_.refuse(token_.column, "'" + value.text + "' is no status",
                        "use running, finished, failed, killed or lost");
        }
        return;
      case Type::id:
        value.number.reset();
        value.text = lower(value.text);
        if (value.text.starts_with("sha256:")) {
          value.text.erase(0, 7);
        }
        if (!is_id_prefix(value.text)) {
          lexer_.refuse(token_.column, "'" + value.text + "' is no id of a snapshot");
        }
    }
  }

  void convert_number(const Filter& filter, FilterValue& value) const
  {
    require(value, value.number ? value.number : to_number(value.text), "a number");
    const bool equality = filter.comparison < FilterOperator::less ||
                          filter.comparison > FilterOperator::greater_equal;
    if (std::isnan(*value.number) && (!equality || filter.field.kind != Kind::metric)) {
      lexer_.refuse(token_.column, "nothing is greater or less than NaN", "use = or !=");
    }
  }

  static std::optional<double> to_boolean(const FilterValue& value)
  {
    const std::string word = lower(value.text);
    if (word == "true" || word == "1") {
      return 1;
    }
    return word == "false" || word == "0" ? std::optional<double>(0) : std::nullopt;
  }

  void require(FilterValue& value, std::optional<double> number, const std::string& what) const
  {
    if (!number) {
      expected(what);
    }
    value.number = number;
  }

  Lexer lexer_;
  Token token_;
  std::size_t depth_ = 0;
  std::size_t values_ = 0;
};

}  // namespace

Filter parse_filter(std::string_view text)
{
  return Parser(text).parse();
}

}  // namespace mlrepro::plan
