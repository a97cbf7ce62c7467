// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "mlrepro/model/error.hpp"
#include "posix/file_descriptor.hpp"
#include "sqlite/schema.hpp"
#include "sqlite/statement_cache.hpp"

struct sqlite3;

namespace mlrepro::sqlite {

enum class Mode { read_write, read_only };

// A folder that goes with its owner.
class TemporaryFolder {
 public:
  TemporaryFolder() = default;
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}
  ~TemporaryFolder();
  TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  TemporaryFolder& operator=(TemporaryFolder&& other) noexcept;
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// One connection, for one thread at a time. Two connections of one thread must not write at the
// same time: the second would wait for the first for ever.
class Database {
 public:
  // read_write makes the database where there is none, and opens one that can't be written for
  // reading. Throws Error{conflict} for a store of a newer mlrepro, Error{corrupt} for what is no
  // database of ours.
  static Database open(const std::string& path, Mode mode, const Migrations& steps = migrations());

  ~Database();
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] bool read_only() const { return read_only_; }
  [[nodiscard]] sqlite3* handle() const { return handle_.get(); }

  // For one that is used for long: from now on statements are prepared once, and the log grows
  // longer, and is written anew from its beginning where it would be emptied.
  void stay_open();
  // Those that are kept; null where none are.
  [[nodiscard]] StatementCache* statements() const { return statements_.get(); }

  // Statements without values or results, separated by ';'.
  void execute(const std::string& sql);
  // The first column of the first row; 0 without one.
  [[nodiscard]] std::int64_t query_integer(const std::string& sql) const;
  [[nodiscard]] std::int64_t last_row() const;
  // Rows that the last statement inserted, changed or deleted.
  [[nodiscard]] std::int64_t changes() const;

  // Copies the log into the database and empties it, as far as readers of it allow.
  void empty_log();

  // Writers of all processes queue on a kernel lock beside the database, which is fair and leaves
  // nothing behind, unlike SQLite's own polling. Calls nest.
  void enter_queue();
  void leave_queue() noexcept;

  // Throws Error{io} when it is.
  void require_writable() const;

 private:
  struct Close {
    void operator()(sqlite3* handle) const;
  };
  using Handle = std::unique_ptr<sqlite3, Close>;

  Database(std::string path, Handle handle, bool read_only);
  static Handle connect(const std::string& name, int flags, const std::string& path);
  static Database open_unwritable(const std::string& path, const Migrations& steps);
  static Database open_copy(const std::string& path, const Migrations& steps);
  void configure();
  void upgrade(const Migrations& steps);
  // Which migrations have been applied; 0 for an empty file.
  [[nodiscard]] std::size_t version(const Migrations& steps) const;

  std::string path_;      // as errors name it
  TemporaryFolder copy_;  // holds what is really open; outlives the handle
  Handle handle_;
  std::unique_ptr<StatementCache> statements_;  // of the handle
  bool read_only_ = false;
  std::optional<model::Error> refusal_;  // why what would be writable is read-only
  posix::FileDescriptor queue_;
  int queue_depth_ = 0;
};

}  // namespace mlrepro::sqlite
