// SPDX-License-Identifier: Apache-2.0
#include "sqlite/search_keys.hpp"

#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "mlrepro/model/error.hpp"

namespace mlrepro::sqlite {
namespace {

[[noreturn]] void refuse_token()
{
  throw model::Error(model::ErrorKind::usage, "Invalid page token, it is none of this search");
}

template <typename Number>
Number decode_number(const std::string& text)
{
  Number number{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + 1, end, number);
  if (error != std::errc{} || stop != end) {
    refuse_token();
  }
  return number;
}

}  // namespace

std::string encode_key(const Statement& row, int column, KeyType type)
{
  if (row.is_null(column)) {
    return "n";
  }
  if (type == KeyType::integer) {
    return "i" + std::to_string(row.integer(column));
  }
  if (type == KeyType::text) {
    return "t" + row.text(column);
  }
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), row.real_or_nan(column));
  return "r" + std::string(text.data(), end.ptr);
}

std::optional<Value> decode_key(const std::string& text)
{
  switch (text.empty() ? ' ' : text.front()) {
    case 'n':
      return std::nullopt;
    case 'i':
      return decode_number<std::int64_t>(text);
    case 'r':
      return decode_number<double>(text);
    case 't':
      return text.substr(1);
    default:
      refuse_token();
  }
}

std::string to_token(const std::string& signature, const SearchKey& key)
{
  auto token = nlohmann::json::array({signature});
  for (const std::string& text : key) {
    token.push_back(text);
  }
  return token.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::vector<std::optional<Value>> parse_token(const std::string& token,
                                              const std::string& signature, std::size_t count)
{
  const auto document = nlohmann::json::parse(token, nullptr, false);
  if (!document.is_array() || document.size() != count + 1) {
    refuse_token();
  }
  for (const auto& item : document) {
    if (!item.is_string()) {
      refuse_token();
    }
  }
  if (document.front().get<std::string>() != signature) {
    refuse_token();
  }
  std::vector<std::optional<Value>> values;
  for (std::size_t i = 1; i < document.size(); ++i) {
    values.push_back(decode_key(document[i].get<std::string>()));
  }
  return values;
}

bool comes_before(const SearchKey& one, const SearchKey& other, const std::vector<bool>& descending)
{
  for (std::size_t i = 0; i < descending.size(); ++i) {
    if (one[i] != other[i]) {
      return (decode_key(one[i]) < decode_key(other[i])) != descending[i];
    }
  }
  return false;
}

}  // namespace mlrepro::sqlite
