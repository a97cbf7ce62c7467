// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/analysis/table_reference.hpp"
#include "mlrepro/model/row_diff.hpp"
#include "mlrepro/plan/row_diff_words.hpp"

namespace mlrepro::analysis {

enum class KeyChoice {
  given,
  inferred,  // the fewest columns without NULL that no two rows of a side have alike, if any
  none,      // rows are compared as a whole
};

struct RowDiffRequest {
  NamedTable a;
  NamedTable b;
  KeyChoice choice = KeyChoice::inferred;
  std::vector<std::string> key;  // names, or several with commas between; of KeyChoice::given
  std::vector<std::string> ignored;
  std::vector<plan::CellTolerance> tolerances;
  std::optional<std::uint64_t> limit;  // of each kind of row; absent: all
};

// Takes the rows as they are found, however many: first `begin` with everything but rows, then the
// changed, the removed and the added ones, the keys that are there more than once; each in the
// order of the key.
class RowDeltaSink {
 public:
  RowDeltaSink() = default;
  RowDeltaSink(const RowDeltaSink&) = delete;
  RowDeltaSink& operator=(const RowDeltaSink&) = delete;
  virtual ~RowDeltaSink() = default;

  virtual void begin(const model::RowDiff& diff) = 0;
  virtual void changed(const model::ChangedRow& row) = 0;
  virtual void removed(const model::RowOfOne& row) = 0;
  virtual void added(const model::RowOfOne& row) = 0;
  virtual void duplicate(const model::DuplicateKey& key) = 0;
};

// Both tables are read a few times; keys and hashes of their rows, and the rows that differ, are
// kept in the engine, which keeps to its limits by spilling. Error{usage} for what is wrong with
// the request or with a table.
model::RowDiff diff_rows(AnalysisPorts ports, const ports::TableLimits& limits,
                         const RowDiffRequest& request, RowDeltaSink& sink);

// Keeps the rows in the result itself.
model::RowDiff diff_rows(AnalysisPorts ports, const ports::TableLimits& limits,
                         const RowDiffRequest& request);

}  // namespace mlrepro::analysis
