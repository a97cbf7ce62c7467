// SPDX-License-Identifier: Apache-2.0
// A part of the program itself, not of the library: only names that the program exports come before
// those of libraries that are loaded later.
#include <dlfcn.h>

#include "git/library.hpp"

namespace {

using Parse = int (*)(void* chain, const char* path);

constexpr int k_unreadable = -0x2900;  // MBEDTLS_ERR_X509_FILE_IO_ERROR

// The function of that name which `caller` would have got without ours: of the library that it is
// in, or of one that this brought along. Null when there is none.
Parse next_parse(const void* caller, const char* name)
{
  Dl_info place{};
  if (::dladdr(caller, &place) == 0) {
    return nullptr;
  }
  void* const library = ::dlopen(place.dli_fname, RTLD_LAZY | RTLD_NOLOAD);
  if (library == nullptr) {
    return nullptr;
  }
  const auto found = reinterpret_cast<Parse>(::dlsym(library, name));
  ::dlclose(library);  // stays loaded: it is running
  return found;
}

}  // namespace

// libgit2 reads all certificates of the system when it starts, in the form that Debian builds. That
// takes longer than all else that it is asked for here, and nothing is ever fetched through it:
// while it starts, it gets none. Everybody else gets what mbed TLS does.
extern "C" __attribute__((visibility("default"))) int mbedtls_x509_crt_parse_file(void* chain,
                                                                                  const char* path)
{
  if (mlrepro::git::Library::is_starting()) {
    return 0;
  }
  const Parse next = next_parse(__builtin_return_address(0), "mbedtls_x509_crt_parse_file");
  return next == nullptr || next == &mbedtls_x509_crt_parse_file ? k_unreadable : next(chain, path);
}
