// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mlrepro::plan {

enum class SourceKind : std::uint8_t { sqlite, postgresql, odbc, duckdb, file };

// Where rows come from, as typed. It may hold credentials: it is never shown or stored.
struct SourceAddress {
  SourceKind kind = SourceKind::file;
  // A path (sqlite, duckdb, file), or the text that the library takes: a URI or "key=value" words
  // for PostgreSQL, "KEY=value;…" for ODBC.
  std::string place;
};

// "sqlite:PATH", "duckdb:PATH", "postgresql://…", "postgresql:host=… dbname=…", "postgresql:" (what
// the environment says), "odbc:DSN=…", "odbc:NAME" (a data source), "file:PATH" or a bare path.
// Error{usage} names `label` and what is wrong, and shows nothing of what could be a secret.
SourceAddress parse_source_address(std::string_view text, const std::string& label);

// The pairs of an ODBC connection string in their order; a value may stand in braces.
using ConnectionPairs = std::vector<std::pair<std::string, std::string>>;
ConnectionPairs parse_odbc_string(std::string_view text);
// Without user, password and whatever else has the name of a secret.
std::string public_odbc_string(const ConnectionPairs& pairs);

// True for the keys that name a user, and for those that name a secret.
bool is_credential_key(std::string_view key);

// The user-info of "scheme://user:password@host/" as it is written: the parts around the colon.
std::vector<std::string> user_info_of(std::string_view uri);

// `text` with each of `secrets` that stands in it replaced by "***". Short ones only where they are
// words of their own.
std::string hide_secrets(std::string_view text, const std::vector<std::string>& secrets);

}  // namespace mlrepro::plan
