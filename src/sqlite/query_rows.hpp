// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "mlrepro/model/query_result.hpp"
#include "sqlite/database.hpp"

namespace mlrepro::sqlite {

// What is known of the answer that an entry of a dataset's line is; `entry` is the entry's number.
void write_query_result(const Database& database, std::int64_t entry,
                        const model::QueryResult& result);
// Absent where the entry is no query's.
std::optional<model::QueryResult> read_query_result(const Database& database, std::int64_t entry);

}  // namespace mlrepro::sqlite
