// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace mlrepro::ports {

// A cell: nothing (NULL), a truth value, a whole number that fits, a floating-point number, or
// text. What has no other form (DECIMAL, dates, times, wider integers, lists) is text as the engine
// writes it.
using TableValue = std::variant<std::monostate, bool, std::int64_t, double, std::string>;

struct TableColumn {
  std::string name;
  std::string type;  // in the engine's words: BIGINT, DOUBLE, VARCHAR, DATE, DECIMAL(10,2), …
};

// The rows of an answer, read once, in the answer's order. The session outlives them.
class TableRows {
 public:
  TableRows() = default;
  TableRows(const TableRows&) = delete;
  TableRows& operator=(const TableRows&) = delete;
  virtual ~TableRows() = default;

  [[nodiscard]] virtual const std::vector<TableColumn>& columns() const = 0;
  // False at the end. `row` gets one value a column. Throws what the engine finds while it goes on.
  virtual bool next(std::vector<TableValue>& row) = 0;
};

// Rows on their way into a table of the session.
class TableAppender {
 public:
  TableAppender() = default;
  TableAppender(const TableAppender&) = delete;
  TableAppender& operator=(const TableAppender&) = delete;
  virtual ~TableAppender() = default;

  // One value a column of the table, cast to its type; Error{usage} where that can't be.
  virtual void add(const std::vector<TableValue>& row) = 0;
  // All rows are in the table when this returns; without it, any part of them may be.
  virtual void finish() = 0;
};

struct ParquetFile {
  std::string path;  // absolute; not there yet
  std::uint64_t rows_per_group =
      122'880;  // a multiple of 2048; what is read and compressed at once
};

struct TableLimits {
  std::uint64_t memory_bytes = std::uint64_t{1} << 30;
  unsigned threads = 1;
  // An existing folder, absolute, for what does not fit into memory. Empty: nothing is spilled.
  std::string spill_folder;
};

// What a confined session reads: everything below these folders, and these files. Absolute.
struct Readable {
  std::vector<std::string> folders;
  std::vector<std::string> files;
};

// Tables in memory or spilled, gone with the session. SQL is the engine's dialect. Bad SQL and bad
// data are Error{usage} with the engine's own first line; a full disk or memory is Error{io}. The
// time zone is UTC, wherever the machine is.
class TableSession {
 public:
  TableSession() = default;
  TableSession(const TableSession&) = delete;
  TableSession& operator=(const TableSession&) = delete;
  virtual ~TableSession() = default;

  // Runs statements whose rows nobody wants.
  virtual void execute(const std::string& sql) = 0;
  virtual std::unique_ptr<TableRows> query(const std::string& sql) = 0;
  // Into a table that exists.
  virtual std::unique_ptr<TableAppender> append(const std::string& table) = 0;
  // Writes the rows of one SELECT to a new Parquet file and says how many they are. Also after
  // `confine`, to a folder that may be read.
  virtual std::uint64_t write_parquet(const std::string& select, const ParquetFile& file) = 0;
  // From now on, names that do not say of which database they are mean this attached one, in every
  // query. Error{usage} where none of that name is attached.
  virtual void use_database(const std::string& name) = 0;
  // From now on, SQL reads these files only, writes none, reaches no network, loads nothing and
  // can't change that. Irreversible.
  virtual void confine(const Readable& readable) = 0;
};

// Where the engine is not installed, everything throws Error{external} that says how to get it.
class TableEngine {
 public:
  TableEngine() = default;
  TableEngine(const TableEngine&) = delete;
  TableEngine& operator=(const TableEngine&) = delete;
  virtual ~TableEngine() = default;

  [[nodiscard]] virtual std::string version() = 0;
  virtual std::unique_ptr<TableSession> open(const TableLimits& limits) = 0;
};

// 'text' and "name" as SQL has them, with the quotes in them doubled.
std::string quoted_text(const std::string& text);
std::string quoted_name(const std::string& name);

}  // namespace mlrepro::ports
