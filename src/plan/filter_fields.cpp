// SPDX-License-Identifier: Apache-2.0
#include "plan/filter_fields.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "mlrepro/model/ascii.hpp"
#include "mlrepro/model/timestamp.hpp"
#include "plan/filter_lexer.hpp"

namespace mlrepro::plan {
namespace {

using Kind = FilterField::Kind;
using Type = FieldType;

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
    Prefix{"attr", Kind::attribute},
    Prefix{"code", Kind::code},
    Prefix{"level", Kind::level},
    Prefix{"inputs", Kind::input},
    Prefix{"input", Kind::input},
    Prefix{"outputs", Kind::output},
    Prefix{"output", Kind::output},
    Prefix{"environment", Kind::environment},
};

bool has_fixed_keys(Kind kind)
{
  return kind == Kind::attribute || kind == Kind::code || kind == Kind::level;
}

}  // namespace

FieldType type_of(const FilterField& field)
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
    case Kind::environment:
      return Type::version;
    case Kind::level:
      return Type::level;
    case Kind::dataset:
      return Type::text;
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

std::string own_attribute(const std::string& key)
{
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> k_of_mlflow = {
      {{"run_id", "id"},
       {"run_name", "name"},
       {"start_time", "started_at"},
       {"created", "started_at"},
       {"end_time", "ended_at"},
       {"user_id", "user"}}};
  for (const auto& [theirs, own] : k_of_mlflow) {
    if (theirs == key) {
      return std::string(own);
    }
  }
  return key;
}

const std::vector<std::string>& filter_attributes()
{
  static const std::vector<std::string> names = {
      "status",    "name", "experiment", "started_at", "ended_at", "duration_s",
      "exit_code", "user", "host",       "seed",       "id"};
  return names;
}

std::optional<FilterField> parse_field(std::string_view text)
{
  FilterField field;
  const std::size_t dot = text.find('.');
  const auto prefix = find_prefix(model::lower_case(text.substr(0, dot)));
  if (dot == std::string_view::npos || !prefix) {
    field.key = model::lower_case(text);
  } else {
    field.kind = *prefix;
    std::string_view key = text.substr(dot + 1);
    if (key.size() >= 2 && key.front() == key.back() &&
        (key.front() == '\'' || key.front() == '"' || key.front() == '`')) {
      key = key.substr(1, key.size() - 2);
    }
    field.key = key;
  }
  if (field.kind == Kind::attribute) {
    field.key = own_attribute(field.key);
  }
  return field.key.empty() || !is_known(field) ? std::nullopt : std::optional(field);
}

}  // namespace mlrepro::plan
