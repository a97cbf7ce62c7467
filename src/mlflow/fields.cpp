// SPDX-License-Identifier: Apache-2.0
#include "mlflow/fields.hpp"

#include <charconv>
#include <cmath>
#include <limits>

#include "mlflow/json_text.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::mlflow {
namespace {

constexpr const char* k_see_docs =
    " See the API docs for more information about request parameters.";

// As Python names it, which is what users of MLflow know.
const char* type_name(const Json& value)
{
  switch (value.type()) {
    case Json::value_t::boolean:
      return "bool";
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
      return "int";
    case Json::value_t::number_float:
      return "float";
    case Json::value_t::array:
      return "list";
    case Json::value_t::object:
      return "dict";
    default:
      return "str";
  }
}

std::optional<std::int64_t> to_integer(const std::string& text)
{
  std::int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && stop == end && !text.empty() ? std::optional(value) : std::nullopt;
}

std::optional<double> to_number(const std::string& text)
{
  constexpr double k_infinity = std::numeric_limits<double>::infinity();
  if (text == "NaN") {
    return std::numeric_limits<double>::quiet_NaN();
  }
  if (text == "Infinity" || text == "-Infinity") {
    return text.front() == '-' ? -k_infinity : k_infinity;
  }
  double value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  const bool whole = error == std::errc{} && stop == end && !text.empty();
  return whole && std::isfinite(value) ? std::optional(value) : std::nullopt;
}

}  // namespace

void refuse(const std::string& message)
{
  throw model::Error(model::ErrorKind::usage, message);
}

void refuse_value(const std::string& name, const std::string& value, const std::string& why)
{
  refuse("Invalid value " + value + " for parameter '" + name + "' supplied: " + why);
}

Fields::Fields(const Json& object, std::string prefix) : object_(object), prefix_(std::move(prefix))
{
}

const Json* Fields::find(const std::string& name) const
{
  const auto found = object_.find(name);
  return found == object_.end() || found->is_null() ? nullptr : &*found;
}

void Fields::refuse_type(const std::string& name, const Json& value) const
{
  constexpr std::size_t k_longest = 200;
  std::string shown = json_text(value);
  if (shown.size() > k_longest) {
    shown = "(of " + std::to_string(shown.size()) + " bytes)";
  }
  refuse_value(path_of(name), shown,
               std::string(" Hint: Value was of type '") + type_name(value) + "'." + k_see_docs);
}

void Fields::refuse_missing(const std::string& name) const
{
  refuse("Missing value for required parameter '" + path_of(name) + "'." + k_see_docs);
}

bool Fields::has(const std::string& name) const
{
  return find(name) != nullptr;
}

std::optional<std::string> Fields::text(const std::string& name) const
{
  const Json* value = find(name);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (!value->is_string()) {
    refuse_type(name, *value);
  }
  const auto& text = value->get_ref<const std::string&>();
  if (text.find('\0') != std::string::npos) {
    refuse("Invalid value for parameter '" + path_of(name) + "' supplied: it has a NUL character");
  }
  return text;
}

std::string Fields::text_or_empty(const std::string& name) const
{
  return text(name).value_or("");
}

std::string Fields::require_text(const std::string& name) const
{
  auto value = text(name);
  if (!value || value->empty()) {
    refuse_missing(name);
  }
  return *std::move(value);
}

std::string Fields::require_value(const std::string& name) const
{
  auto value = text(name);
  if (!value) {
    refuse_missing(name);
  }
  return *std::move(value);
}

std::optional<std::int64_t> Fields::integer(const std::string& name) const
{
  const Json* value = find(name);
  if (value == nullptr || (value->is_string() && value->get_ref<const std::string&>().empty())) {
    return std::nullopt;
  }
  constexpr double k_beyond = 9223372036854775808.0;
  if (value->is_number_float()) {
    const double number = value->get<double>();
    if (number == std::floor(number) && number >= -k_beyond && number < k_beyond) {
      return static_cast<std::int64_t>(number);
    }
  } else if (value->is_number_unsigned()) {
    const auto number = value->get<std::uint64_t>();
    if (number <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
      return static_cast<std::int64_t>(number);
    }
  } else if (value->is_number_integer()) {
    return value->get<std::int64_t>();
  } else if (value->is_string()) {
    if (const auto number = to_integer(value->get_ref<const std::string&>())) {
      return number;
    }
  }
  refuse_type(name, *value);
}

std::int64_t Fields::require_integer(const std::string& name) const
{
  const auto value = integer(name);
  if (!value) {
    refuse_missing(name);
  }
  return *value;
}

double Fields::require_number(const std::string& name) const
{
  const Json* value = find(name);
  if (value == nullptr) {
    refuse_missing(name);
  }
  if (value->is_number()) {
    return value->get<double>();
  }
  if (value->is_string()) {
    if (const auto number = to_number(value->get_ref<const std::string&>())) {
      return *number;
    }
  }
  refuse_type(name, *value);
}

std::optional<std::string> Fields::enumerator(const std::string& name) const
{
  const Json* value = find(name);
  return value != nullptr && value->is_number_integer() ? std::optional(value->dump()) : text(name);
}

bool Fields::flag(const std::string& name) const
{
  const Json* value = find(name);
  if (value == nullptr) {
    return false;
  }
  if (value->is_boolean()) {
    return value->get<bool>();
  }
  const std::string word = value->is_string() ? value->get<std::string>() : "";
  if (word != "true" && word != "false") {
    refuse_type(name, *value);
  }
  return word == "true";
}

std::vector<std::string> Fields::texts(const std::string& name) const
{
  const Json* value = find(name);
  std::vector<std::string> found;
  if (value == nullptr) {
    return found;
  }
  if (value->is_string()) {
    found.push_back(value->get<std::string>());
    return found;
  }
  if (!value->is_array()) {
    refuse_type(name, *value);
  }
  for (const Json& item : *value) {
    if (item.is_number_integer()) {
      found.push_back(item.dump());
    } else if (item.is_string()) {
      found.push_back(item.get<std::string>());
    } else {
      refuse_type(name, item);
    }
  }
  return found;
}

void Fields::for_each(const std::string& name,
                      const std::function<void(const Fields&)>& visit) const
{
  const Json* value = find(name);
  if (value == nullptr) {
    return;
  }
  if (!value->is_array()) {
    refuse_type(name, *value);
  }
  std::size_t index = 0;
  for (const Json& item : *value) {
    const std::string path = path_of(name) + "[" + std::to_string(index++) + "]";
    if (!item.is_object()) {
      Fields(*value, "").refuse_type(path, item);
    }
    visit(Fields(item, path + "."));
  }
}

std::optional<Fields> Fields::object(const std::string& name) const
{
  const Json* value = find(name);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (!value->is_object()) {
    refuse_type(name, *value);
  }
  return Fields(*value, path_of(name) + ".");
}

std::map<std::string, std::string> Fields::pairs(const std::string& name) const
{
  std::map<std::string, std::string> found;
  for_each(name, [&](const Fields& pair) {
    found[pair.require_text("key")] = pair.text_or_empty("value");
  });
  return found;
}

Json parse_message(const Request& request)
{
  if (request.method != "GET" && !request.body.empty()) {
    Json body = Json::parse(request.body, nullptr, false);
    if (body.is_discarded() || !body.is_object()) {
      refuse("Malformed request body: " +
             std::string(body.is_discarded() ? "it is no JSON in UTF-8" : "it is no JSON object"));
    }
    return body;
  }
  Json message = Json::object();
  for (const auto& [name, value] : request.query) {
    Json& held = message[name];
    if (held.is_null()) {
      held = value;
    } else if (held.is_array()) {
      held.push_back(value);
    } else {
      held = Json::array({held, value});
    }
  }
  return message;
}

Json number_json(double value)
{
  if (std::isnan(value)) {
    return "NaN";
  }
  if (std::isinf(value)) {
    return value < 0 ? "-Infinity" : "Infinity";
  }
  return value;
}

Json pairs_json(const std::map<std::string, std::string>& pairs)
{
  Json list = Json::array();
  for (const auto& [key, value] : pairs) {
    list.push_back({{"key", key}, {"value", value}});
  }
  return list;
}

}  // namespace mlrepro::mlflow
