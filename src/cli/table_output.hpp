// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/text_table.hpp"
#include "mlrepro/ports/table_engine.hpp"

namespace mlrepro::cli {

enum class TableForm { text, csv, json };

// Prints rows as they come, and says whether there were more than `limit`. JSON is one document of
// the schema mlrepro.table/1; in CSV, NULL is an empty field and an empty text is "".
bool print_rows(ports::TableRows& rows, TableForm form, const std::optional<std::uint64_t>& limit,
                Style style);

}  // namespace mlrepro::cli
