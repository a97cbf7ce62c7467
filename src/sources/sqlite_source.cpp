// SPDX-License-Identifier: Apache-2.0
#include "sources/sqlite_source.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <optional>
#include <system_error>

#include "mlrepro/format/request_target.hpp"
#include "mlrepro/plan/source_address.hpp"
#include "sources/source_error.hpp"
#include "sources/sqlite_files.hpp"

namespace mlrepro::sources {
namespace {

using model::Error;
using model::ErrorKind;

constexpr int k_busy_ms = 10'000;

struct Close {
  void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
};
struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
using Handle = std::unique_ptr<sqlite3, Close>;
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;

std::string text_of(const void* text, int size)
{
  return text == nullptr
             ? std::string()
             : std::string(static_cast<const char*>(text), static_cast<std::size_t>(size));
}

std::string name_of(const char* text)
{
  return text != nullptr ? text : "";
}

// Reading a database with a write-ahead log makes files beside it, and leaves them there. There is
// no need to where no other process has it open: then nothing of it is in a log.
bool has_idle_log(const std::string& path)
{
  struct stat status {};
  const auto absent = [&](const char* suffix) {
    return ::stat((path + suffix).c_str(), &status) != 0 && errno == ENOENT;
  };
  return keeps_write_ahead_log(path) && absent("-wal") && absent("-shm");
}

// A database that is open. `idle` is set where it is read as a file that nobody changes.
struct Opened {
  std::string path;
  SourceLabel label;
  Handle handle;
  std::optional<FileStamp> idle;

  [[nodiscard]] Error failure(ErrorKind kind) const
  {
    return source_error(kind, label, sqlite3_errmsg(handle.get()));
  }
  // A statement can be wrong; anything else is the database's affair.
  [[nodiscard]] Error failure_of_query(int code) const
  {
    return failure((code & 0xff) == SQLITE_ERROR ? ErrorKind::usage : ErrorKind::external);
  }
  void check_unchanged() const
  {
    if (idle && (stamp_of(path) != idle || !has_idle_log(path))) {
      throw source_error(ErrorKind::external, label, "somebody wrote to it while it was read",
                         "try again");
    }
  }
};

class SqliteRows final : public ports::SourceRows {
 public:
  SqliteRows(const Opened& database, Statement statement)
      : database_(database), statement_(std::move(statement))
  {
    const int count = sqlite3_column_count(statement_.get());
    for (int i = 0; i < count; ++i) {
      columns_.push_back({name_of(sqlite3_column_name(statement_.get(), i)),
                          name_of(sqlite3_column_decltype(statement_.get(), i)), ""});
    }
    check_columns(columns_);
  }

  [[nodiscard]] const std::vector<ports::SourceColumn>& columns() const override
  {
    return columns_;
  }

  bool next(std::vector<ports::SourceCell>& row) override
  {
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_DONE) {
      database_.check_unchanged();
      return false;
    }
    if (code != SQLITE_ROW) {
      throw database_.failure_of_query(code);
    }
    ++count_;
    row.resize(columns_.size());
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      read(static_cast<int>(i), row[i]);
      if (row[i].kind == ports::CellKind::text) {
        check_text(row[i].text, columns_[i], count_);
      }
    }
    return true;
  }

 private:
  void read(int column, ports::SourceCell& cell)
  {
    sqlite3_stmt* const statement = statement_.get();
    std::array<char, 32> digits{};
    switch (sqlite3_column_type(statement, column)) {
      case SQLITE_INTEGER: {
        cell.kind = ports::CellKind::whole;
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(),
                                       sqlite3_column_int64(statement, column));
        cell.text.assign(digits.data(), end.ptr);
        break;
      }
      case SQLITE_FLOAT: {
        cell.kind = ports::CellKind::real;
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(),
                                       sqlite3_column_double(statement, column));
        cell.text.assign(digits.data(), end.ptr);
        break;
      }
      case SQLITE_TEXT: {
        cell.kind = ports::CellKind::text;
        const unsigned char* const text = sqlite3_column_text(statement, column);
        cell.text = text_of(text, sqlite3_column_bytes(statement, column));
        break;
      }
      case SQLITE_BLOB: {
        cell.kind = ports::CellKind::bytes;
        const void* const bytes = sqlite3_column_blob(statement, column);
        cell.text = text_of(bytes, sqlite3_column_bytes(statement, column));
        break;
      }
      default:
        cell.kind = ports::CellKind::nothing;
        cell.text.clear();
    }
  }

  const Opened& database_;
  Statement statement_;
  std::vector<ports::SourceColumn> columns_;
  std::uint64_t count_ = 0;
};

class SqliteSource final : public ports::RowSource {
 public:
  SqliteSource(const std::string& path, const std::string& uri)
      : database_{path, {uri, {}}, {}, {}},
        identity_{"sqlite", uri, std::string("SQLite ") + sqlite3_libversion()}
  {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) {
      throw source_error(ErrorKind::external, database_.label,
                         std::generic_category().message(errno));
    }
    if (!S_ISREG(status.st_mode)) {
      throw source_error(ErrorKind::external, database_.label, "it is no file");
    }
    if (has_idle_log(path)) {
      database_.idle = stamp_of(path);
      open("file:" + format::percent_encode(path, format::k_address_marks) + "?immutable=1",
           SQLITE_OPEN_URI);
    } else {
      open(path, 0);
    }
    // The first read tells whether it is a database.
    if (sqlite3_exec(database_.handle.get(), "SELECT 1 FROM sqlite_schema LIMIT 1", nullptr,
                     nullptr, nullptr) != SQLITE_OK) {
      throw database_.failure(ErrorKind::external);
    }
  }

  [[nodiscard]] const ports::SourceIdentity& identity() const override { return identity_; }

  std::unique_ptr<ports::SourceRows> query(const std::string& sql) override
  {
    sqlite3_stmt* prepared = nullptr;
    const int code = sqlite3_prepare_v2(database_.handle.get(), sql.c_str(),
                                        static_cast<int>(sql.size()), &prepared, nullptr);
    Statement statement(prepared);
    if (code != SQLITE_OK) {
      throw database_.failure_of_query(code);
    }
    if (statement == nullptr || sqlite3_stmt_readonly(prepared) == 0) {
      throw source_error(ErrorKind::usage, database_.label,
                         "the statement would change the database",
                         "select the rows to be versioned");
    }
    return std::make_unique<SqliteRows>(database_, std::move(statement));
  }

 private:
  void open(const std::string& name, int more)
  {
    sqlite3* handle = nullptr;
    const int code = sqlite3_open_v2(name.c_str(), &handle,
                                     SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | more, nullptr);
    database_.handle.reset(handle);
    if (code != SQLITE_OK) {
      throw database_.failure(ErrorKind::external);
    }
    sqlite3_busy_timeout(handle, k_busy_ms);
    // A database that came from elsewhere must not do more than answer.
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  }

  Opened database_;
  ports::SourceIdentity identity_;
};

}  // namespace

std::unique_ptr<ports::RowSource> open_sqlite(const std::string& path, const std::string& uri)
{
  return std::make_unique<SqliteSource>(path, uri);
}

}  // namespace mlrepro::sources
