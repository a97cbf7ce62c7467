// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/model/drift.hpp"
#include "mlrepro/model/query_result.hpp"
#include "mlrepro/model/row_diff.hpp"
#include "mlrepro/model/snapshot.hpp"

namespace mlrepro::model {

// A column whose type is another one now.
struct RetypedColumn {
  QueryColumn then;
  QueryColumn now;
};

// What a live source says to the query that a snapshot was taken with.
struct SourceCheck {
  enum class Verdict : std::uint8_t {
    same,  // the same rows, in whatever order
    differs,
    within_rules,  // other rows, or other columns, and no rule of the user is broken by them
    unreachable,   // there is no source at the address, or it does not let us in
    refused,       // the source is there and does not answer that query: what it asks for is gone
  };

  Snapshot snapshot;
  Verdict verdict = Verdict::same;
  std::string reason;   // of the source, where there are no rows to compare
  std::string uri;      // of what was asked now
  std::string product;  // what that says it is
  std::optional<std::uint64_t> rows_now;
  std::vector<QueryColumn> added;
  std::vector<QueryColumn> removed;
  std::vector<RetypedColumn> retyped;
  bool reordered = false;       // the columns that both have come in another order
  std::optional<RowDiff> rows;  // absent where they are the same, and where no column is
  std::optional<TableDrift> drift;

  // Whether the rows differ in the columns that both sides have.
  [[nodiscard]] bool has_other_rows() const
  {
    return rows && rows->changed_rows + rows->removed_rows + rows->added_rows > 0;
  }
};
std::string_view to_string(SourceCheck::Verdict verdict);

}  // namespace mlrepro::model
