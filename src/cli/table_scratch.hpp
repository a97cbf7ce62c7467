// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "cli/project.hpp"
#include "mlrepro/analysis/tables.hpp"
#include "mlrepro/ports/scratch.hpp"
#include "mlrepro/ports/table_engine.hpp"

namespace mlrepro::cli {

class ScratchFolder;

// A private folder for tables that are being read, gone with this object. It lies below the store's
// tmp, where the next command that opens the store removes what a killed process left, or below
// $TMPDIR when the store can't be written.
class TableScratch {
 public:
  // The store exists. Throws Error{io} and its like.
  explicit TableScratch(const Project& project);
  ~TableScratch();
  TableScratch(const TableScratch&) = delete;
  TableScratch& operator=(const TableScratch&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  // An empty folder for tables to be placed in, and the only one that a confined session reads.
  [[nodiscard]] std::string data() const { return path_ + "/data"; }
  // 1 GB of memory or $MLREPRO_TABLE_MEMORY, a thread a core, and a folder of its own to spill to.
  // Error{usage} for a variable that is no size.
  [[nodiscard]] ports::TableLimits limits() const;
  // Files for what is too much for memory.
  [[nodiscard]] ports::Scratch& spill() const { return *spill_; }

 private:
  std::unique_ptr<ScratchFolder> outside_;  // of the store; null in one that can be written
  std::string path_;
  std::unique_ptr<ports::Scratch> spill_;
};

// What reads the tables of the open store and puts them there.
analysis::AnalysisPorts table_ports(Project& project, const TableScratch& scratch);

}  // namespace mlrepro::cli
