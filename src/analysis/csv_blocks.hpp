// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/analysis/tables.hpp"
#include "mlrepro/plan/csv_rows.hpp"

namespace mlrepro::analysis {

// What reads files of CSV without the table engine: only files that are plain (plan::CsvRows).
struct CsvReader {
  const ports::FileTree& files;
  unsigned threads = 1;
  std::uint64_t memory_bytes = 0;  // that may be taken, about
};

// Reads the files of one table in blocks of whole records, several at once.
class CsvBlocks {
 public:
  CsvBlocks(const CsvReader& reader, const CsvFiles& files);

  // Calls `visit` with each record's cells, headers left out; calls of one worker, a number below
  // the reader's threads, come one after the other. False when the files are not plain, which may
  // show after some of the records. Throws what `visit` throws.
  using Visit = std::function<void(std::size_t worker, const std::vector<std::string_view>& cells)>;
  [[nodiscard]] bool each_record(const Visit& visit);

 private:
  struct Block {
    std::string text;
    bool begins_file = false;
  };
  void work(std::size_t worker, const Visit& visit);
  bool next(Block& block);
  bool cut(std::string& text);
  void read_block(Block& block, const Visit& visit, std::size_t worker);
  void give_up();

  const CsvReader& reader_;
  const CsvFiles& files_;
  std::mutex mutex_;
  std::unique_ptr<ports::ByteSource> source_;
  std::size_t opened_ = 0;  // files until now
  std::string rest_;        // of the file being read, behind the last whole record
  bool plain_ = true;
  bool lf_ = false;
  bool crlf_ = false;
};

}  // namespace mlrepro::analysis
