// SPDX-License-Identifier: Apache-2.0
#include "sqlite/sqlite_error.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <system_error>

namespace mlrepro::sqlite {
namespace {

constexpr const char* k_damage_hint =
    "put back a copy of that file from a backup, or move it away to begin a new record; the "
    "objects "
    "beside it are not touched";
constexpr const char* k_space_hint = "free some space on the disk that holds the store";

model::ErrorKind kind_of(int code)
{
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return model::ErrorKind::locked;
    case SQLITE_CONSTRAINT:
      return model::ErrorKind::conflict;
    case SQLITE_INTERRUPT:
      return model::ErrorKind::interrupted;
    // Our statements are fixed: one that SQLite can't prepare meets tables that are not ours.
    case SQLITE_ERROR:
    case SQLITE_SCHEMA:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return model::ErrorKind::corrupt;
    default:
      return model::ErrorKind::io;
  }
}

}  // namespace

bool is_out_of_space(sqlite3* handle)
{
  if (handle == nullptr) {
    return false;
  }
  const int primary = sqlite3_errcode(handle) & 0xff;
  const int error = sqlite3_system_errno(handle);
  return primary == SQLITE_FULL ||
         (primary == SQLITE_IOERR && (error == ENOSPC || error == EDQUOT));
}

namespace {

std::string hint_of(int code, sqlite3* handle)
{
  const int primary = code & 0xff;
  if (primary == SQLITE_FULL || (primary == SQLITE_IOERR && is_out_of_space(handle))) {
    return k_space_hint;
  }
  if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED) {
    return "another process holds the store; try again when it is done";
  }
  if (kind_of(code) == model::ErrorKind::corrupt) {
    return k_damage_hint;
  }
  return {};
}

}  // namespace

model::Error damaged_database(const std::string& path, const std::string& why)
{
  return {model::ErrorKind::corrupt, "store '" + path + "': " + why, k_damage_hint};
}

model::Error sqlite_error(int code, sqlite3* handle, const std::string& path)
{
  std::string cause = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
  const int primary = code & 0xff;
  if (handle != nullptr && (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN)) {
    if (const int error = sqlite3_system_errno(handle); error != 0) {
      cause += ": " + std::generic_category().message(error);
    }
  }
  return {kind_of(code), "store '" + path + "': " + cause, hint_of(code, handle)};
}

}  // namespace mlrepro::sqlite
