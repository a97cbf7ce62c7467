// SPDX-License-Identifier: Apache-2.0
#include "sources/odbc_api.hpp"

#include "posix/shared_library.hpp"

namespace mlrepro::sources {

const OdbcApi& odbc_api()
{
  static const OdbcApi loaded = [] {
    const posix::SharedLibrary library("libodbc.so.2",
                                       "type 'apt-get install libodbc2', and the driver of "
                                       "your database");
    OdbcApi api;
#define MLREPRO_ODBC_RESOLVE(name) library.resolve("SQL" #name, api.name);
    MLREPRO_ODBC_FUNCTIONS(MLREPRO_ODBC_RESOLVE)
#undef MLREPRO_ODBC_RESOLVE
    return api;
  }();
  return loaded;
}

}  // namespace mlrepro::sources
