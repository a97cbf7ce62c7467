// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/source_address.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "mlrepro/model/ascii.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/scrub.hpp"
#include "mlrepro/plan/suggest.hpp"

namespace mlrepro::plan {
namespace {

using model::Error;
using model::ErrorKind;

constexpr const char* k_forms =
    "such as sqlite:shop.db, postgresql://HOST/DATABASE, odbc:DSN=NAME, duckdb:shop.duckdb, or the "
    "path of a CSV, Parquet or JSON lines file";

bool is_name_byte(char c)
{
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// The word in front of the first ':' where it can be a scheme; empty for a path.
std::string scheme_of(std::string_view text)
{
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || colon == 0) {
    return "";
  }
  const std::string_view word = text.substr(0, colon);
  const bool fits = std::all_of(word.begin(), word.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '+' || c == '-' || c == '.';
  });
  return fits ? model::lower_case(word) : "";
}

// "//x" behind a scheme of files is a path with an empty host in front.
std::string path_of(std::string_view rest, const std::string& scheme, const std::string& label)
{
  if (rest.starts_with("///")) {
    rest.remove_prefix(2);
  }
  if (rest.empty()) {
    throw Error(ErrorKind::usage, label + ": no path behind '" + scheme + ":'",
                "write " + scheme + ":PATH");
  }
  return std::string(rest);
}

}  // namespace

SourceAddress parse_source_address(std::string_view text, const std::string& label)
{
  const std::string full = scheme_of(text);
  const std::string scheme = full.substr(0, full.find('+'));  // "postgresql+psycopg2://"
  const std::string_view rest = full.empty() ? text : text.substr(full.size() + 1);
  if (text.empty()) {
    throw Error(ErrorKind::usage, label + ": no source", std::string("name one, ") + k_forms);
  }
  if (full.empty()) {
    return {SourceKind::file, std::string(text)};
  }
  if (scheme == "postgresql" || scheme == "postgres") {
    return {SourceKind::postgresql,
            rest.starts_with("//") ? "postgresql:" + std::string(rest) : std::string(rest)};
  }
  if (scheme == "sqlite" || scheme == "sqlite3") {
    return {SourceKind::sqlite, path_of(rest, full, label)};
  }
  if (scheme == "duckdb") {
    return {SourceKind::duckdb, path_of(rest, full, label)};
  }
  if (scheme == "file") {
    return {SourceKind::file, path_of(rest, full, label)};
  }
  if (scheme == "odbc") {
    return {SourceKind::odbc, path_of(rest, full, label)};
  }
  const std::string near = did_you_mean(scheme, {"postgresql", "sqlite", "odbc", "duckdb", "file"});
  throw Error(ErrorKind::usage, label + ": '" + scheme + ":' is no kind of source",
              near.empty() ? std::string("name one, ") + k_forms : near);
}

ConnectionPairs parse_odbc_string(std::string_view text)
{
  ConnectionPairs pairs;
  if (text.find('=') == std::string::npos) {
    pairs.emplace_back("DSN", std::string(text));
    return pairs;
  }
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t equals = text.find_first_of("=;", at);
    if (equals == std::string::npos || text[equals] == ';') {
      at = equals == std::string::npos ? text.size() : equals + 1;
      continue;
    }
    std::string key(text.substr(at, equals - at));
    key.erase(0, key.find_first_not_of(" \t"));
    key.erase(key.find_last_not_of(" \t") + 1);
    std::size_t end = equals + 1;
    if (end < text.size() && text[end] == '{') {
      // "}}" is a brace of the value.
      for (++end; end < text.size(); ++end) {
        if (text[end] == '}') {
          if (end + 1 >= text.size() || text[end + 1] != '}') {
            ++end;
            break;
          }
          ++end;
        }
      }
    } else {
      end = std::min(text.find(';', end), text.size());
    }
    pairs.emplace_back(std::move(key), std::string(text.substr(equals + 1, end - equals - 1)));
    at = std::min(text.find(';', end), text.size());
    at += at < text.size() ? 1 : 0;
  }
  return pairs;
}

bool is_credential_key(std::string_view key)
{
  const std::string word = model::lower_case(key);
  constexpr std::array<std::string_view, 8> k_keys = {"user", "username", "user id", "userid",
                                                      "uid",  "login",    "pwd",     "passfile"};
  return std::find(k_keys.begin(), k_keys.end(), word) != k_keys.end() || is_secret_name(key);
}

std::string public_odbc_string(const ConnectionPairs& pairs)
{
  std::string text;
  for (const auto& [key, value] : pairs) {
    if (!is_credential_key(key)) {
      text += (text.empty() ? "" : ";") + key + "=" + scrub_urls(value);
    }
  }
  return text;
}

std::vector<std::string> user_info_of(std::string_view uri)
{
  const std::size_t slashes = uri.find("://");
  if (slashes == std::string::npos) {
    return {};
  }
  const std::string_view authority =
      uri.substr(slashes + 3, uri.find_first_of("/?#", slashes + 3) - (slashes + 3));
  const std::size_t host = authority.rfind('@');
  // A password with a '/' that is not encoded ends what looks like the authority too early.
  const std::size_t end = host != std::string::npos ? slashes + 3 + host : uri.rfind('@');
  if (end == std::string::npos || end < slashes + 3) {
    return {};
  }
  const std::string_view info = uri.substr(slashes + 3, end - slashes - 3);
  const std::size_t colon = info.find(':');
  std::vector<std::string> parts = {std::string(info.substr(0, colon))};
  if (colon != std::string::npos) {
    parts.emplace_back(info.substr(colon + 1));
  }
  return parts;
}

std::string hide_secrets(std::string_view text, const std::vector<std::string>& secrets)
{
  constexpr std::size_t k_long_enough = 6;
  std::string result(text);
  for (const std::string& secret : secrets) {
    if (secret.empty() || secret == k_scrubbed) {
      continue;
    }
    for (std::size_t at = result.find(secret); at != std::string::npos;
         at = result.find(secret, at)) {
      const std::size_t end = at + secret.size();
      const bool word = (at == 0 || !is_name_byte(result[at - 1])) &&
                        (end == result.size() || !is_name_byte(result[end]));
      if (word || secret.size() >= k_long_enough) {
        result.replace(at, secret.size(), k_scrubbed);
        at += k_scrubbed.size();
      } else {
        ++at;
      }
    }
  }
  return result;
}

}  // namespace mlrepro::plan
