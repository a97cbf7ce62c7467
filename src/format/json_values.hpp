// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "mlrepro/format/json_text.hpp"
#include "mlrepro/format/number_text.hpp"
#include "mlrepro/model/digest.hpp"
#include "mlrepro/model/environment.hpp"
#include "mlrepro/model/timestamp.hpp"

namespace mlrepro::format {

using Json = nlohmann::ordered_json;

inline Json text_value(const std::string& text)
{
  return json_text(text);
}

inline Json number_value(double value)
{
  return value - value == 0 ? Json(value) : Json(to_text(value));
}

inline Json digest_value(const model::Digest& digest)
{
  return digest.to_string();
}

inline Json id_value(const model::Digest& id)
{
  return id.hex();
}

inline Json time_value(const model::Timestamp& time)
{
  return time.to_iso8601();
}

// null where there is nothing.
template <typename T, typename Convert>
Json or_null(const std::optional<T>& value, Convert convert)
{
  return value ? convert(*value) : Json(nullptr);
}

inline Json text_or_null(const std::string& text)
{
  return text.empty() ? Json(nullptr) : text_value(text);
}

template <typename Items, typename Convert>
Json list_value(const Items& items, Convert convert)
{
  Json list = Json::array();
  for (const auto& item : items) {
    list.push_back(convert(item));
  }
  return list;
}

// A JSON object of a map. Written at the end of the list that an ordered object is: looking each
// key up first would make a large map quadratic.
template <typename Map, typename Convert>
Json map_value(const Map& map, Convert convert)
{
  Json::object_t object;
  object.reserve(map.size());
  for (const auto& [key, value] : map) {
    object.push_back({json_text(key), convert(value)});
  }
  return object;
}

Json environment_value(const model::Environment& environment);

// Two spaces an indent, with a line feed at the end.
std::string document_text(const Json& document);

}  // namespace mlrepro::format
