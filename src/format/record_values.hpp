// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/model/digest.hpp"
#include "mlrepro/model/run_id.hpp"
#include "mlrepro/model/timestamp.hpp"

// The values that documents of records are made of, each way.
namespace mlrepro::format::records {

using nlohmann::json;  // keys in the order of their bytes: equal values give equal text

[[noreturn]] void refuse(const std::string& what);

json put_text(const std::string& text);
std::string take_text(const json& value);

json put_number(double value);  // NaN and the infinities are texts
double take_number(const json& value);

inline json put(const model::Digest& digest)
{
  return digest.hex();
}
model::Digest take_digest(const json& value);
model::RunId take_run_id(const json& value);

inline json put(model::Timestamp time)
{
  return time.ms;
}
model::Timestamp take_time(const json& value);

template <typename T, typename Put>
json put_optional(const std::optional<T>& value, Put put)
{
  return value ? json(put(*value)) : json(nullptr);
}

template <typename T>
json put_optional(const std::optional<T>& value)
{
  return put_optional(value, [](const T& item) { return put(item); });
}

template <typename Take>
auto take_optional(const json& value, Take take) -> std::optional<decltype(take(value))>
{
  return value.is_null() ? std::nullopt : std::optional(take(value));
}

template <typename Items, typename Put>
json put_list(const Items& items, Put put)
{
  json list = json::array();
  for (const auto& item : items) {
    list.push_back(put(item));
  }
  return list;
}

template <typename Take>
auto take_list(const json& value, Take take) -> std::vector<decltype(take(value))>
{
  if (!value.is_array()) {
    refuse("a list is none");
  }
  std::vector<decltype(take(value))> items;
  items.reserve(value.size());
  for (const json& item : value) {
    items.push_back(take(item));
  }
  return items;
}

template <typename Number>
Number take_whole(const json& value)
{
  if (!value.is_number_integer()) {
    refuse("a number is no whole one");
  }
  if constexpr (std::is_unsigned_v<Number>) {
    if (!value.is_number_unsigned()) {
      refuse("a number is negative");
    }
    return value.get<Number>();
  } else {
    if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX) {
      refuse("a number is too large");
    }
    return static_cast<Number>(value.get<std::int64_t>());
  }
}

// A name that is shown: without control characters.
std::string take_label(const json& value);

// A path of the project, or an absolute one: one that does not climb out of where it is put.
std::string take_path(const json& value);

// The parsed text of a document of this schema, handed to `read`.
template <typename Read>
auto read_document(std::string_view text, std::string_view schema, Read read)
{
  try {
    const json document = json::parse(text);
    if (!document.is_object() || document.value("schema", "") != schema) {
      refuse("it is no " + std::string(schema));
    }
    return read(document);
  } catch (const json::exception& error) {
    refuse(error.what());
  }
}

}  // namespace mlrepro::format::records
