// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/mlflow_filter.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>

#include "mlrepro/model/ascii.hpp"
#include "mlrepro/model/error.hpp"
#include "plan/filter_fields.hpp"
#include "plan/filter_lexer.hpp"
#include "plan/filter_parser.hpp"

namespace mlrepro::plan {
namespace {

using Kind = FilterField::Kind;
using Names = std::map<std::string, std::string, std::less<>>;

[[noreturn]] void refuse_text(const std::string& message)
{
  throw model::Error(model::ErrorKind::usage, message);
}

// A client's name of an attribute, and ours.
const Names& attributes_of(SearchKind kind)
{
  static const Names runs = {{"run_id", "run_id"},         {"run_name", "name"},
                             {"run name", "name"},         {"Run name", "name"},
                             {"Run Name", "name"},         {"user_id", "user"},
                             {"status", "status"},         {"artifact_uri", "artifact_uri"},
                             {"start_time", "started_at"}, {"created", "started_at"},
                             {"Created", "started_at"},    {"end_time", "ended_at"}};
  static const Names experiments = {{"name", "name"},
                                    {"experiment_id", "experiment_id"},
                                    {"creation_time", "created_at"},
                                    {"last_update_time", "updated_at"}};
  static const Names registered = {{"name", "name"},
                                   {"creation_timestamp", "created_at"},
                                   {"timestamp", "updated_at"},
                                   {"last_updated_timestamp", "updated_at"}};
  static const Names versions = {{"name", "name"},
                                 {"version_number", "version_number"},
                                 {"run_id", "run_id"},
                                 {"source_path", "source_path"},
                                 {"current_stage", "stage"},
                                 {"creation_timestamp", "created_at"},
                                 {"last_updated_timestamp", "updated_at"}};
  static const Names models = {{"name", "name"},
                               {"model_id", "model_id"},
                               {"model_type", "model_type"},
                               {"status", "status"},
                               {"source_run_id", "source_run_id"},
                               {"creation_timestamp", "created_at"},
                               {"creation_timestamp_ms", "created_at"},
                               {"creation_time", "created_at"},
                               {"last_updated_timestamp", "updated_at"},
                               {"last_updated_timestamp_ms", "updated_at"},
                               {"last_updated_time", "updated_at"}};
  switch (kind) {
    case SearchKind::runs:
      return runs;
    case SearchKind::experiments:
      return experiments;
    case SearchKind::registered_models:
      return registered;
    case SearchKind::model_versions:
      return versions;
    case SearchKind::logged_models:
      break;
  }
  return models;
}

std::string listed(const Names& names)
{
  std::string text;
  for (const auto& [name, own] : names) {
    text += (text.empty() ? "'" : ", '") + name + "'";
  }
  return text;
}

std::optional<Kind> entity_of(std::string_view word, SearchKind kind)
{
  struct Entity {
    std::string_view word;
    Kind kind;
  };
  constexpr std::array k_entities = {Entity{"metric", Kind::metric},
                                     Entity{"metrics", Kind::metric},
                                     Entity{"param", Kind::param},
                                     Entity{"params", Kind::param},
                                     Entity{"parameter", Kind::param},
                                     Entity{"parameters", Kind::param},
                                     Entity{"tag", Kind::tag},
                                     Entity{"tags", Kind::tag},
                                     Entity{"attribute", Kind::attribute},
                                     Entity{"attributes", Kind::attribute},
                                     Entity{"attr", Kind::attribute},
                                     Entity{"run", Kind::attribute},
                                     Entity{"dataset", Kind::dataset},
                                     Entity{"datasets", Kind::dataset}};
  const auto* found = std::find_if(k_entities.begin(), k_entities.end(),
                                   [&](const Entity& entity) { return entity.word == word; });
  if (found == k_entities.end()) {
    return kind == SearchKind::runs ? find_prefix(word) : std::nullopt;
  }
  const bool of_all = found->kind == Kind::tag || found->kind == Kind::attribute;
  const bool of_models = found->kind == Kind::metric || found->kind == Kind::param;
  const bool known =
      of_all || kind == SearchKind::runs || (of_models && kind == SearchKind::logged_models);
  return known ? std::optional(found->kind) : std::nullopt;
}

const char* entities_of(SearchKind kind)
{
  return kind == SearchKind::runs ? "['metric', 'parameter', 'tag', 'attribute', 'dataset']"
         : kind == SearchKind::logged_models ? "['metric', 'parameter', 'tag', 'attribute']"
                                             : "['attribute', 'tag']";
}

// Of those that have an order or are patterns.
const char* word_of(FilterOperator comparison)
{
  switch (comparison) {
    case FilterOperator::less:
      return "<";
    case FilterOperator::less_equal:
      return "<=";
    case FilterOperator::greater:
      return ">";
    case FilterOperator::greater_equal:
      return ">=";
    case FilterOperator::like:
      return "ILIKE";
    case FilterOperator::not_like:
      return "NOT ILIKE";
    case FilterOperator::not_like_exactly:
      return "NOT LIKE";
    default:
      return "LIKE";
  }
}

class MlflowLanguage final : public FilterParser {
 public:
  MlflowLanguage(std::string_view text, std::string_view what, SearchKind kind)
      : FilterParser(FilterLexer(text, what)), kind_(kind)
  {
  }

  SortKey parse_sort_key()
  {
    SortKey key{take_field(), false};
    if (key.field.kind == Kind::dataset) {
      refuse_text("Invalid ordering key in order_by clause: datasets have no order");
    }
    if (accept_word("desc")) {
      key.descending = true;
    } else {
      (void)accept_word("asc");
    }
    if (token().kind != TokenKind::end) {
      expected("ASC, DESC or the end");
    }
    return key;
  }

 private:
  FilterField take_field() override
  {
    if (token().kind == TokenKind::quoted) {
      written_ = token().text;
      FilterField field{Kind::attribute, attribute(written_)};
      advance();
      return field;
    }
    if (token().kind != TokenKind::word) {
      expected("a field such as metrics.rmse or attributes.status");
    }
    const std::string word = token().text;
    const std::size_t dot = word.find('.');
    FilterField field;
    if (dot == std::string::npos) {
      written_ = word;
      field.key = attribute(word);
      advance();
      return field;
    }
    const auto entity = entity_of(model::lower_case(word.substr(0, dot)), kind_);
    if (!entity) {
      refuse_text("Invalid entity type '" + word.substr(0, dot) + "'. Valid values are " +
                  entities_of(kind_));
    }
    field.kind = *entity;
    field.key = word.substr(dot + 1);
    if (field.key.empty()) {
      field.key = lexer().take_quoted_key().value_or("");
    }
    if (field.key.empty()) {
      refuse(token().column, "a key must follow '" + word + "'");
    }
    written_ = field.key;
    check_key(field);
    advance();
    return field;
  }

  void check_key(FilterField& field) const
  {
    if (field.kind == Kind::attribute) {
      field.key = attribute(field.key);
    } else if (field.kind == Kind::dataset) {
      if (field.key != "name" && field.key != "digest" && field.key != "context") {
        refuse_text("Invalid dataset key '" + field.key +
                    "' specified. Valid keys are 'context', 'digest', 'name'");
      }
    } else if (!is_known(field)) {
      refuse_text("Invalid key '" + field.key + "' specified.");
    }
  }

  [[nodiscard]] std::string attribute(const std::string& word) const
  {
    const Names& names = attributes_of(kind_);
    const auto found = names.find(word);
    if (found != names.end()) {
      return found->second;
    }
    const FilterField own{Kind::attribute, model::lower_case(word)};
    if (kind_ != SearchKind::runs || !is_known(own)) {
      refuse_text("Invalid attribute key '" + word + "' specified. Valid keys are " +
                  listed(names));
    }
    return own.key;
  }

  [[nodiscard]] std::optional<FilterOperator> pattern_operator(std::string_view word,
                                                               bool negated) const override
  {
    if (word == "like") {
      return negated ? FilterOperator::not_like_exactly : FilterOperator::like_exactly;
    }
    if (word == "ilike") {
      return negated ? FilterOperator::not_like : FilterOperator::like;
    }
    return std::nullopt;
  }

  [[nodiscard]] static bool is_ordered(FilterOperator comparison)
  {
    return comparison >= FilterOperator::less && comparison <= FilterOperator::greater_equal;
  }

  [[nodiscard]] static bool is_pattern(FilterOperator comparison)
  {
    return comparison == FilterOperator::like || comparison == FilterOperator::not_like ||
           comparison == FilterOperator::like_exactly ||
           comparison == FilterOperator::not_like_exactly;
  }

  void check_operator(const Filter& filter, std::size_t column) const override
  {
    const bool numeric = is_numeric(filter.field);
    const bool versions = filter.field.kind == Kind::environment;
    if (numeric ? is_pattern(filter.comparison) : is_ordered(filter.comparison) && !versions) {
      refuse(column, std::string("Invalid comparator '") + word_of(filter.comparison) +
                         "' not one of " +
                         (numeric ? "['>', '>=', '!=', '=', '<', '<=', 'IN', 'NOT IN']"
                                  : "['!=', '=', 'LIKE', 'ILIKE', 'IN', 'NOT IN']"));
    }
  }

  [[nodiscard]] FilterValue read_value(const Filter& filter) const override
  {
    if (token().kind == TokenKind::sign || token().kind == TokenKind::end) {
      expected("a value");
    }
    FilterValue value{token().text, std::nullopt};
    if (!is_numeric(filter.field)) {
      if (token().kind != TokenKind::quoted) {
        refuse_text("Expected a quoted string value for " + entity_word(filter.field) +
                    " (e.g. 'my-value'). Got value " + token().text);
      }
      return value;
    }
    if (token().kind == TokenKind::number && !std::isnan(token().number)) {
      value.number = token().number;
    } else if (is_time(filter.field)) {
      value.number = to_time(token().text);
    }
    if (!value.number) {
      refuse_text("Expected numeric value type for " +
                  (filter.field.kind == Kind::metric ? std::string("metric")
                                                     : "numeric attribute: " + written_) +
                  ". Found '" + token().text + "'");
    }
    return value;
  }

  [[nodiscard]] static bool is_time(const FilterField& field)
  {
    return field.kind == Kind::attribute && field.key.ends_with("_at");
  }

  [[nodiscard]] static std::string entity_word(const FilterField& field)
  {
    switch (field.kind) {
      case Kind::param:
        return "parameter";
      case Kind::tag:
        return "tag";
      case Kind::dataset:
        return "dataset";
      default:
        return "attributes";
    }
  }

  SearchKind kind_;
  std::string written_;  // the key of the last field, as it stands there
};

}  // namespace

bool is_numeric(const FilterField& field)
{
  if (field.kind == Kind::attribute) {
    return field.key.ends_with("_at") || field.key == "version_number" ||
           field.key == "experiment_id" || type_of(field) == FieldType::number;
  }
  return field.kind == Kind::metric || field.kind == Kind::level ||
         type_of(field) == FieldType::boolean;
}

Filter parse_mlflow_filter(std::string_view text, SearchKind kind)
{
  return MlflowLanguage(text, "Invalid clause(s) in filter string:", kind).parse();
}

std::vector<SortKey> parse_mlflow_order(const std::vector<std::string>& clauses, SearchKind kind)
{
  constexpr std::size_t k_most_keys = 20;
  std::vector<SortKey> keys;
  for (const std::string& clause : clauses) {
    keys.push_back(
        MlflowLanguage(clause, "Invalid ordering key in order_by clause", kind).parse_sort_key());
    const auto again = std::find_if(keys.begin(), keys.end() - 1, [&](const SortKey& key) {
      return key.field == keys.back().field;
    });
    if (again != keys.end() - 1) {
      refuse_text("`order_by` contains duplicate fields: ['" + keys.back().field.key + "']");
    }
  }
  if (keys.size() > k_most_keys) {
    refuse_text("`order_by` has more than " + std::to_string(k_most_keys) + " fields");
  }
  return keys;
}

}  // namespace mlrepro::plan
