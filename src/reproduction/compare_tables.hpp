// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "mlrepro/format/content_reader.hpp"
#include "mlrepro/model/reproduction.hpp"

namespace mlrepro::reproduction {

struct TablePair {
  format::ReadBytes recorded;
  format::ReadBytes replayed;
  char separator = ',';
};

// Row by row, with one row of each in memory; or by the rule's key, with the recorded rows in
// memory. Tables that can't be compared are Error{usage} or Error{corrupt} saying why.
model::RowsCheck compare_tables(const TablePair& tables, const model::RowRule& rule);

}  // namespace mlrepro::reproduction
