// SPDX-License-Identifier: Apache-2.0
#include "posix/shared_library.hpp"

#include <dlfcn.h>

#include <utility>

#include "mlrepro/model/error.hpp"

namespace mlrepro::posix {

SharedLibrary::SharedLibrary(std::string name, std::string how_to_get)
    : name_(std::move(name)),
      how_to_get_(std::move(how_to_get)),
      handle_(::dlopen(name_.c_str(), RTLD_LAZY | RTLD_LOCAL))
{
  if (handle_ == nullptr) {
    fail();
  }
}

void* SharedLibrary::find(const char* name) const
{
  void* const symbol = ::dlsym(handle_, name);
  if (symbol == nullptr) {
    fail();
  }
  return symbol;
}

void SharedLibrary::fail() const
{
  const char* const reason = ::dlerror();
  throw model::Error(model::ErrorKind::external,
                     "load '" + name_ + "': " + (reason != nullptr ? reason : "no reason given"),
                     how_to_get_);
}

}  // namespace mlrepro::posix
