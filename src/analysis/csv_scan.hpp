// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "analysis/csv_blocks.hpp"
#include "mlrepro/model/table_facts.hpp"

namespace mlrepro::analysis {

// Reads all cells once, and sets `rows` and `shapes`. False where the files are not plain.
bool scan_csv(CsvBlocks& blocks, model::TableFacts& facts);

// What a header says, the first record without its line end. Error{usage} where it is none.
model::TableFacts header_facts(const std::string& header, TableFormat format);

// What one look at a file of CSV or TSV shows.
struct CsvLook {
  // But for the types; of what is not plain, only what its header says. Absent where that is left
  // to the engine.
  std::optional<model::TableFacts> facts;
  bool may_be_plain = true;  // false: it is not
};

// Reads a whole file, also one that is packed. Where that ends early or is damaged, nothing is
// found.
CsvLook look_at_csv(ports::ByteSource& file, TableFormat format, const CsvReader& reader);

}  // namespace mlrepro::analysis
