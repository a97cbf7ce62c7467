// SPDX-License-Identifier: Apache-2.0
#include "git/api.hpp"

#include <git2/version.h>

#include "posix/shared_library.hpp"

namespace mlrepro::git {

const Api& api()
{
  static const Api loaded = [] {
    // The structures of the headers at hand are those of exactly this version.
    const posix::SharedLibrary library("libgit2.so." LIBGIT2_SOVERSION,
                                       "type 'apt-get install libgit2-" LIBGIT2_SOVERSION "'");
    Api found;
#define MLREPRO_GIT_RESOLVE(name) library.resolve("git_" #name, found.name);
    MLREPRO_GIT_FUNCTIONS(MLREPRO_GIT_RESOLVE)
#undef MLREPRO_GIT_RESOLVE
    return found;
  }();
  return loaded;
}

}  // namespace mlrepro::git
