// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/text_table.hpp"
#include "mlrepro/ports/table_engine.hpp"

namespace mlrepro::cli {

enum class TableForm { text, csv, json };

struct Printed {
  bool more = false;  // there were more rows than `limit`
  bool cut = false;   // of a text of the table only the beginning is there
};

// Prints rows as they come. JSON is one document of the schema mlrepro.table/1; in CSV, NULL is an
// empty field and an empty text is "". The table for people cuts long texts off, and fits into the
// terminal where that is possible.
Printed print_rows(ports::TableRows& rows, TableForm form,
                   const std::optional<std::uint64_t>& limit, Style style);

}  // namespace mlrepro::cli
