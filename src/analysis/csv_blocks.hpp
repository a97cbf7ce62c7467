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
#include "mlrepro/ports/scratch.hpp"
#include "mlrepro/ports/unpacker.hpp"

namespace mlrepro::analysis {

// What reads files of CSV without the table engine: only files that are plain (plan::CsvRows).
struct CsvReader {
  const ports::FileTree& files;
  unsigned threads = 1;
  std::uint64_t memory_bytes = 0;             // that may be taken, about
  const ports::Unpacker* unpacker = nullptr;  // null: zstd is left to the engine
  ports::Scratch* scratch = nullptr;          // null: what memory has no room for, the engine does
};

// How the records of a table are read.
struct CsvForm {
  char delimiter = ',';
  std::size_t columns = 0;
  unsigned threads = 1;
};

// Reads the files of one table in blocks of whole records, several at once.
class CsvBlocks {
 public:
  // Both outlive it.
  CsvBlocks(const CsvReader& reader, const CsvFiles& files);
  // One file, of which `begun` was read already; the rest is in `content`, which outlives it.
  CsvBlocks(const CsvForm& form, std::string begun, ports::ByteSource& content);

  // Calls `visit` with each record's cells, headers left out; calls of one worker, a number below
  // the reader's threads, come one after the other. False when the files are not plain, which may
  // show after some of the records. Throws what `visit` throws.
  using Visit = std::function<void(std::size_t worker, const std::vector<std::string_view>& cells)>;
  [[nodiscard]] bool each_record(const Visit& visit);
  [[nodiscard]] const CsvForm& form() const { return form_; }

 private:
  // Of the next file; null behind the last one.
  using OpenNext = std::function<std::unique_ptr<ports::ByteSource>()>;
  struct Block {
    std::string text;
    bool begins_file = false;
  };
  void work(std::size_t worker, const Visit& visit);
  bool next(Block& block);
  bool cut(std::string& text);
  std::size_t read_next(std::span<char> buffer);
  void read_block(Block& block, const Visit& visit, std::size_t worker);
  void give_up();

  CsvForm form_;
  OpenNext open_next_;
  std::mutex mutex_;
  std::unique_ptr<ports::ByteSource> source_;
  bool ended_ = false;  // there is no file behind that
  std::string rest_;    // of the file being read, behind the last whole record
  bool plain_ = true;
  bool lf_ = false;
  bool crlf_ = false;
};

}  // namespace mlrepro::analysis
