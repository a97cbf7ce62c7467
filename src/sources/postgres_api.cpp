// SPDX-License-Identifier: Apache-2.0
#include "sources/postgres_api.hpp"

#include "posix/shared_library.hpp"

namespace mlrepro::sources {

const PostgresApi& postgres_api()
{
  static const PostgresApi loaded = [] {
    const posix::SharedLibrary library("libpq.so.5", "type 'apt-get install libpq5'");
    PostgresApi api;
#define MLREPRO_PQ_RESOLVE(name) library.resolve("PQ" #name, api.name);
    MLREPRO_PQ_FUNCTIONS(MLREPRO_PQ_RESOLVE)
#undef MLREPRO_PQ_RESOLVE
    return api;
  }();
  return loaded;
}

}  // namespace mlrepro::sources
