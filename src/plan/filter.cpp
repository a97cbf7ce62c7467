// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/filter.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "mlrepro/model/error.hpp"
#include "mlrepro/model/run.hpp"
#include "mlrepro/model/timestamp.hpp"
#include "mlrepro/plan/suggest.hpp"

namespace mlrepro::plan {
namespace {

using Kind = FilterField::Kind;

constexpr std::size_t k_max_depth = 100;   // of parentheses and "not"
constexpr std::size_t k_max_values = 400;  // SQLite's expressions are at most 1000 deep

struct Prefix {
  std::string_view word;
  Kind kind;
};
constexpr std::array k_prefixes = {
    Prefix{"metrics", Kind::metric},
    Prefix{"metric", Kind::metric},
    Prefix{"params", Kind::param},
    Prefix{"param", Kind::param},
    Prefix{"tags", Kind::tag},
    Prefix{"tag", Kind::tag},
    Prefix{"attributes", Kind::attribute},
    Prefix{"attribute", Kind::attribute},
    Prefix{"code", Kind::code},
    Prefix{"level", Kind::level},
    Prefix{"inputs", Kind::input},
    Prefix{"outputs", Kind::output},
};

enum class TokenKind { word, quoted, number, sign, end };

struct Token {
  TokenKind kind = TokenKind::end;
  std::string text;  // without quotes
  std::size_t column = 0;
  double number = 0;
};

// What the values of a field are.
enum class Type { number, text, number_or_text, time, boolean, level, status, id };

Type type_of(const FilterField& field)
{
  switch (field.kind) {
    case Kind::metric:
      return Type::number;
    case Kind::param:
    case Kind::tag:
      return Type::number_or_text;
    case Kind::input:
    case Kind::output:
      return Type::id;
    case Kind::level:
      return Type::level;
    case Kind::code:
      return field.key == "dirty" ? Type::boolean : Type::text;
    case Kind::attribute:
      break;
  }
  if (field.key == "status") {
    return Type::status;
  }
  if (field.key == "started_at" || field.key == "ended_at") {
    return Type::time;
  }
  const bool number = field.key == "duration_s" || field.key == "exit_code" || field.key == "seed";
  return number ? Type::number : Type::text;
}

std::string lower(std::string_view text)
{
  std::string result(text);
  for (char& character : result) {
    if (character >= 'A' && character <= 'Z') {
      character = static_cast<char>(character - 'A' + 'a');
    }
  }
  return result;
}

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

std::optional<double> to_time(const std::string& text)
{
  for (const char* rest : {"", "Z", ":00Z", "T00:00:00Z"}) {
    if (const auto time = model::Timestamp::parse_iso8601(text + rest)) {
      return static_cast<double>(time->ms);
    }
  }
  return std::nullopt;
}

std::optional<double> to_level(const std::string& text)
{
  constexpr std::array<std::pair<std::string_view, double>, 9> k_levels = {{{"none", 0},
                                                                            {"code", 1},
                                                                            {"config", 2},
                                                                            {"configuration", 2},
                                                                            {"data", 3},
                                                                            {"env", 4},
                                                                            {"environment", 4},
                                                                            {"eval", 5},
                                                                            {"evaluation", 5}}};
  for (const auto& [name, level] : k_levels) {
    if (name == text) {
      return level;
    }
  }
  return std::nullopt;
}

bool is_id_prefix(std::string_view text)
{
  return !text.empty() && text.size() <= 64 &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

const std::vector<std::string>& fixed_keys(Kind kind)
{
  static const std::vector<std::string> code = {"commit", "branch", "dirty"};
  static const std::vector<std::string> level = {"recorded", "proven"};
  return kind == Kind::code ? code : kind == Kind::level ? level : filter_attributes();
}

bool has_fixed_keys(Kind kind)
{
  return kind == Kind::attribute || kind == Kind::code || kind == Kind::level;
}

bool is_known(const FilterField& field)
{
  const auto& keys = fixed_keys(field.kind);
  return !has_fixed_keys(field.kind) ||
         std::find(keys.begin(), keys.end(), field.key) != keys.end();
}

std::optional<Kind> find_prefix(std::string_view word)
{
  const auto* found = std::find_if(k_prefixes.begin(), k_prefixes.end(),
                                   [&](const Prefix& prefix) { return prefix.word == word; });
  return found == k_prefixes.end() ? std::nullopt : std::optional(found->kind);
}

bool is_word(char character)
{
  const auto byte = static_cast<unsigned char>(character);
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
         (character >= '0' && character <= '9') || byte >= 0x80 ||
         std::string_view("_./-+@:").find(character) != std::string_view::npos;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  [[noreturn]] void refuse(std::size_t column, const std::string& why,
                           const std::string& hint = {}) const
  {
    throw model::Error(
        model::ErrorKind::usage,
        "filter '" + std::string(text_) + "', column " + std::to_string(column) + ": " + why, hint);
  }

  Token next()
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
    for (const std::string_view sign :
         {"<=", ">=", "!=", "<>", "==", "<", ">", "=", "(", ")", ","}) {
      if (text_.substr(start).starts_with(sign)) {
        token.text = sign == "<>" ? "!=" : sign == "==" ? "=" : sign;
        at_ += sign.size();
        return token;
      }
    }
    refuse(start + 1, "unexpected '" + std::string(1, first) + "'");
  }

  // A quoted key that follows the dot of a field without a space.
  std::optional<std::string> take_quoted_key()
  {
    if (at_ < text_.size() && (text_[at_] == '\'' || text_[at_] == '"' || text_[at_] == '`')) {
      return take_quoted();
    }
    return std::nullopt;
  }

 private:
  Token take_word(Token token)
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
  std::string take_quoted()
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

  std::string_view text_;
  std::size_t at_ = 0;
};

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
    } else if (filter.comparison != FilterOperator::is_null &&
               filter.comparison != FilterOperator::is_not_null) {
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
                         type == Type::status || type == Type::id;
    if (pattern && !is_text) {
      lexer_.refuse(column, "'like' is for text, and '" + filter.field.key + "' is none");
    }
    if (ordered && (type == Type::id || type == Type::boolean || type == Type::status)) {
      lexer_.refuse(column, "'" + filter.field.key + "' has no order", "use = or !=");
    }
  }

  FilterValue parse_value(const Filter& filter)
  {
    if (++values_ > k_max_values) {
      lexer_.refuse(token_.column, "more than " + std::to_string(k_max_values) + " values");
    }
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
        value.number.reset();
        return;
      case Type::number_or_text:
        if (value.number && std::isnan(*value.number)) {
          value.number.reset();
        }
        return;
      case Type::time:
        return require(value, value.number ? value.number : to_time(value.text),
                       "a time such as '2026-11-23T06:00:00Z'");
      case Type::boolean:
        return require(value, to_boolean(value), "true or false");
      case Type::level:
        return require(value, value.number ? value.number : to_level(lower(value.text)),
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

const std::vector<std::string>& filter_attributes()
{
  static const std::vector<std::string> names = {
      "status",     "name",      "experiment", "started_at", "ended_at",
      "duration_s", "exit_code", "user",       "host",       "seed"};
  return names;
}

Filter parse_filter(std::string_view text)
{
  return Parser(text).parse();
}

std::optional<FilterField> parse_field(std::string_view text)
{
  FilterField field;
  const std::size_t dot = text.find('.');
  const auto prefix = find_prefix(text.substr(0, dot));
  if (dot == std::string_view::npos || !prefix) {
    field.key = text;
  } else {
    field.kind = *prefix;
    std::string_view key = text.substr(dot + 1);
    if (key.size() >= 2 && key.front() == key.back() &&
        (key.front() == '\'' || key.front() == '"' || key.front() == '`')) {
      key = key.substr(1, key.size() - 2);
    }
    field.key = key;
  }
  return field.key.empty() || !is_known(field) ? std::nullopt : std::optional(field);
}

}  // namespace mlrepro::plan
