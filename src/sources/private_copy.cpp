// SPDX-License-Identifier: Apache-2.0
#include "sources/private_copy.hpp"

#include <sqlite3.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <optional>
#include <thread>
#include <vector>

#include "mlrepro/model/error.hpp"
#include "sources/sqlite_files.hpp"

namespace mlrepro::sources {
namespace {

using model::Error;
using model::ErrorKind;

// What SQLite has beside a database and can't do without. The index of a log ("-shm") is made anew.
constexpr std::array<const char*, 3> k_parts = {"", "-wal", "-journal"};
constexpr int k_tries = 10;

std::vector<std::optional<FileStamp>> stamps_of(const std::string& path)
{
  std::vector<std::optional<FileStamp>> stamps;
  for (const char* part : k_parts) {
    stamps.push_back(stamp_of(path + part));
  }
  return stamps;
}

void copy_parts(const std::string& path, const std::string& copy)
{
  for (const char* part : k_parts) {
    std::error_code error;
    std::filesystem::remove(copy + part, error);
    if (!stamp_of(path + part)) {
      continue;
    }
    std::filesystem::copy_file(path + part, copy + part, error);
    if (error == std::errc::no_such_file_or_directory) {
      continue;  // gone in between, as the stamps tell
    }
    if (error) {
      throw Error(ErrorKind::io, "copy '" + path + part + "': " + error.message());
    }
    std::filesystem::permissions(
        copy + part, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write,
        error);
  }
}

// Puts what a log or a journal says into the copy, which is then a file like any other. What goes
// wrong here goes wrong again when the copy is read, and is told there.
void settle(const std::string& copy)
{
  sqlite3* handle = nullptr;
  if (sqlite3_open_v2(copy.c_str(), &handle, SQLITE_OPEN_READWRITE, nullptr) == SQLITE_OK) {
    sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_exec(handle, "PRAGMA journal_mode = DELETE; SELECT count(*) FROM sqlite_schema",
                 nullptr, nullptr, nullptr);
  }
  sqlite3_close_v2(handle);
}

}  // namespace

bool needs_copy(const std::string& path)
{
  const auto journal = stamp_of(path + "-journal");
  return keeps_write_ahead_log(path) || (journal && journal->size > 0);
}

std::string copy_database(const std::string& path, const std::string& folder)
{
  const std::string copy = folder + "/copy.db";
  for (int i = 0; i < k_tries; ++i) {
    const auto before = stamps_of(path);
    copy_parts(path, copy);
    if (stamps_of(path) == before) {
      settle(copy);
      return copy;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
  throw Error(ErrorKind::locked, "'" + path + "': somebody goes on writing to it",
              "try again when its server rests, or give a copy made with"
              " 'sqlite3 FILE \".backup COPY\"'");
}

}  // namespace mlrepro::sources
