// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mlrepro::model {

// What a column of a query's answer is there for. An inspection column is one that the model never
// saw, kept so that a person can understand the rows.
enum class ColumnRole : std::uint8_t { feature, target, split, inspection };
std::string_view to_string(ColumnRole role);
std::optional<ColumnRole> parse_column_role(std::string_view text);

struct QueryColumn {
  std::string name;
  std::string source_type;         // in the source's words; empty where it has none
  std::string type;                // as it is stored, in the table engine's words
  std::optional<ColumnRole> role;  // absent: nobody said

  bool operator==(const QueryColumn&) const = default;
};

// What is known of a query's answer besides the query itself.
struct QueryResult {
  std::string product;   // what the source says it is: "PostgreSQL 15.18"
  std::string given_as;  // "env:NAME" where the source's address came from a variable, else empty
  std::uint64_t rows = 0;
  std::vector<std::string> order_by;  // as asked for; empty: as the source returned them
  std::vector<QueryColumn> columns;

  bool operator==(const QueryResult&) const = default;
};

}  // namespace mlrepro::model
