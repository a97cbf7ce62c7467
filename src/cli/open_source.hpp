// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "cli/project.hpp"
#include "cli/table_scratch.hpp"
#include "mlrepro/model/snapshot.hpp"
#include "mlrepro/ports/row_source.hpp"

namespace mlrepro::cli {

// A source as it was named. The address may hold a password and is never shown.
struct SourceWord {
  std::string address;
  std::string label;     // what errors call it
  std::string given_as;  // "env:NAME" where the address is in a variable
  std::string base;      // an absolute folder that relative paths are seen from
};

// The word behind --from: an address, or env:NAME for the one in that variable. Error{usage} where
// there is no such variable.
SourceWord source_of_option(const Project& project, const std::string& word);
// Where a snapshot's rows came from: the variable that its address was in, where that is set, else
// the address on record, which holds no credentials.
SourceWord source_of_record(const Project& project, const model::Snapshot& snapshot);

// Throws what the adapter of that kind of source does. `scratch` outlives the source.
std::unique_ptr<ports::RowSource> open_source(Project& project, const SourceWord& word,
                                              const TableScratch& scratch);

}  // namespace mlrepro::cli
