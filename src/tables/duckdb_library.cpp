// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <array>
#include <climits>
#include <cstdlib>
#include <string>
#include <vector>

#include "mlrepro/model/error.hpp"
#include "posix/folders.hpp"
#include "posix/shared_library.hpp"
#include "tables/duckdb_api.hpp"

namespace mlrepro::tables {
namespace {

using model::Error;
using model::ErrorKind;

constexpr const char* k_file = "libduckdb.so";
constexpr const char* k_variable = "MLREPRO_DUCKDB";
constexpr const char* k_hint =
    "type 'scripts/install-deps tables' in mlrepro's source folder, or name the file libduckdb.so "
    "(DuckDB 1.4 or later) in $MLREPRO_DUCKDB";

std::string folder_of_program()
{
  std::array<char, PATH_MAX> buffer{};
  const ssize_t length = ::readlink("/proc/self/exe", buffer.data(), buffer.size() - 1);
  return length <= 0 ? "" : posix::parent_folder(std::string(buffer.data(), std::size_t(length)));
}

std::vector<std::string> places()
{
  if (const char* named = std::getenv(k_variable); named != nullptr && *named != '\0') {
    return {named};
  }
  const std::string beside = folder_of_program();
  if (beside.empty()) {
    return {k_file};
  }
  return {beside + "/" + k_file, beside + "/../lib/mlrepro/" + k_file, k_file};
}

bool is_there(const std::string& place)
{
  return place.find('/') == std::string::npos || ::access(place.c_str(), F_OK) == 0;
}

posix::SharedLibrary open_library()
{
  for (const std::string& place : places()) {
    if (!is_there(place)) {
      continue;
    }
    try {
      return {place, k_hint};
    } catch (const Error&) {
      if (place != k_file) {  // one that is there and can't be loaded is not passed over in silence
        throw;
      }
    }
  }
  const char* named = std::getenv(k_variable);
  throw Error(ErrorKind::external,
              named != nullptr && *named != '\0'
                  ? "$" + std::string(k_variable) + " names '" + named + "', which is not there"
                  : "tables need DuckDB, and " + std::string(k_file) + " is not there",
              k_hint);
}

DuckdbApi load()
{
  const posix::SharedLibrary library = open_library();
  DuckdbApi loaded;
#define MLREPRO_DUCKDB_RESOLVE(name, result, parameters) \
  library.resolve("duckdb_" #name, loaded.name);
  MLREPRO_DUCKDB_FUNCTIONS(MLREPRO_DUCKDB_RESOLVE)
#undef MLREPRO_DUCKDB_RESOLVE
  return loaded;
}

}  // namespace

const DuckdbApi& duckdb()
{
  static const DuckdbApi loaded = load();
  return loaded;
}

}  // namespace mlrepro::tables
