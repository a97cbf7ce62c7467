// SPDX-License-Identifier: Apache-2.0
#include "git/api.hpp"

#include <dlfcn.h>
#include <git2/version.h>

#include <string>

#include "mlrepro/model/error.hpp"

namespace mlrepro::git {
namespace {

// The structures of the headers at hand are those of exactly this version.
constexpr const char* k_file = "libgit2.so." LIBGIT2_SOVERSION;

model::Error loading_error()
{
  const char* const cause = ::dlerror();
  return {model::ErrorKind::external,
          "load '" + std::string(k_file) + "': " + (cause != nullptr ? cause : "no reason given"),
          "type 'apt-get install libgit2-" LIBGIT2_SOVERSION "'"};
}

template <typename Function>
void resolve(void* library, const char* name, Function& function)
{
  function = reinterpret_cast<Function>(::dlsym(library, name));
  if (function == nullptr) {
    throw loading_error();
  }
}

Api load()
{
  void* const library = ::dlopen(k_file, RTLD_LAZY | RTLD_LOCAL);
  if (library == nullptr) {
    throw loading_error();
  }
  Api loaded;
#define MLREPRO_GIT_RESOLVE(name) resolve(library, "git_" #name, loaded.name);
  MLREPRO_GIT_FUNCTIONS(MLREPRO_GIT_RESOLVE)
#undef MLREPRO_GIT_RESOLVE
  return loaded;
}

}  // namespace

const Api& api()
{
  static const Api loaded = load();
  return loaded;
}

}  // namespace mlrepro::git
