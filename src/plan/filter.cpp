// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/filter.hpp"

#include <cmath>

#include "mlrepro/model/ascii.hpp"
#include "mlrepro/model/run.hpp"
#include "mlrepro/plan/suggest.hpp"
#include "plan/filter_fields.hpp"
#include "plan/filter_lexer.hpp"
#include "plan/filter_parser.hpp"

namespace mlrepro::plan {
namespace {

using Kind = FilterField::Kind;
using Type = FieldType;

// The language of `list --filter`.
class ListLanguage final : public FilterParser {
 public:
  using FilterParser::FilterParser;

 private:
  FilterField take_field() override
  {
    if (token().kind != TokenKind::word) {
      expected("a field such as metrics.rmse or status");
    }
    const std::size_t column = token().column;
    FilterField field;
    const std::string word = token().text;
    const std::size_t dot = word.find('.');
    const auto prefix = find_prefix(model::lower_case(word.substr(0, dot)));
    if (dot == std::string::npos || !prefix) {
      field.key = model::lower_case(word);
    } else {
      field.kind = *prefix;
      field.key = word.substr(dot + 1);
      if (field.key.empty()) {
        field.key = lexer().take_quoted_key().value_or("");
      }
      if (field.key.empty()) {
        refuse(column, "a key must follow '" + word + "'");
      }
    }
    if (field.kind == Kind::attribute) {
      field.key = own_attribute(model::lower_case(field.key));
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
    refuse(column, "unknown field '" + word + "'", hint);
  }

  [[nodiscard]] std::optional<FilterOperator> pattern_operator(std::string_view word,
                                                               bool negated) const override
  {
    if (word != "like" && word != "ilike") {
      return std::nullopt;
    }
    return negated ? FilterOperator::not_like : FilterOperator::like;
  }

  void check_operator(const Filter& filter, std::size_t column) const override
  {
    const Type type = type_of(filter.field);
    const bool pattern =
        filter.comparison == FilterOperator::like || filter.comparison == FilterOperator::not_like;
    const bool ordered = filter.comparison >= FilterOperator::less &&
                         filter.comparison <= FilterOperator::greater_equal;
    const bool is_text = type == Type::text || type == Type::number_or_text ||
                         type == Type::status || type == Type::id || type == Type::version;
    if (pattern && !is_text) {
      refuse(column, "'like' is for text, and '" + filter.field.key + "' is none");
    }
    if (ordered && (type == Type::id || type == Type::boolean || type == Type::status)) {
      refuse(column, "'" + filter.field.key + "' has no order", "use = or !=");
    }
  }

  [[nodiscard]] FilterValue read_value(const Filter& filter) const override
  {
    const bool flag =
        token().kind == TokenKind::word &&
        (model::lower_case(token().text) == "true" || model::lower_case(token().text) == "false");
    if (token().kind == TokenKind::word && !flag) {
      refuse(token().column, "'" + token().text + "' is no value",
             "write text in quotes: '" + token().text + "'");
    }
    if (token().kind == TokenKind::sign || token().kind == TokenKind::end) {
      expected("a value");
    }
    FilterValue value{token().text, std::nullopt};
    if (token().kind == TokenKind::number) {
      value.number = token().number;
    }
    if (filter.comparison != FilterOperator::like &&
        filter.comparison != FilterOperator::not_like) {
      convert(filter, value);
    } else {
      value.number.reset();
    }
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
        return require(value,
                       value.number && !std::isnan(*value.number)
                           ? value.number
                           : to_level(model::lower_case(value.text)),
                       "a level from 0 to 5 or its name");
      case Type::status:
        value.number.reset();
        value.text = model::lower_case(value.text);
        if (!model::parse_run_status(value.text)) {
          refuse(token().column, "'" + token().text + "' is no status",
                 "use running, finished, failed, killed or lost");
        }
        return;
      case Type::id:
        value.number.reset();
        value.text = model::lower_case(value.text);
        if (value.text.starts_with("sha256:")) {
          value.text.erase(0, 7);
        }
        if (!is_id_prefix(value.text)) {
          refuse(token().column, "'" + value.text + "' is no id of a snapshot");
        }
    }
  }

  void convert_number(const Filter& filter, FilterValue& value) const
  {
    require(value, value.number ? value.number : to_number(value.text), "a number");
    const bool equality = filter.comparison < FilterOperator::less ||
                          filter.comparison > FilterOperator::greater_equal;
    if (std::isnan(*value.number) && (!equality || filter.field.kind != Kind::metric)) {
      refuse(token().column, "nothing is greater or less than NaN", "use = or !=");
    }
  }

  static std::optional<double> to_boolean(const FilterValue& value)
  {
    const std::string word = model::lower_case(value.text);
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
};

}  // namespace

Filter parse_filter(std::string_view text)
{
  return ListLanguage(FilterLexer(text)).parse();
}

}  // namespace mlrepro::plan
