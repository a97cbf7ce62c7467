// SPDX-License-Identifier: Apache-2.0
#include "sources/library.hpp"

#include <dlfcn.h>

#include "mlrepro/model/error.hpp"

namespace mlrepro::sources {
namespace {

std::string last_reason()
{
  const char* const reason = ::dlerror();
  return reason != nullptr ? reason : "no reason given";
}

}  // namespace

Library::Library(const std::vector<std::string>& names, std::string how_to_get)
    : how_to_get_(std::move(how_to_get))
{
  std::string reason;
  for (const std::string& name : names) {
    handle_ = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle_ != nullptr) {
      name_ = name;
      return;
    }
    reason = reason.empty() ? last_reason() : reason;
  }
  throw model::Error(model::ErrorKind::external, "load '" + names.front() + "': " + reason,
                     how_to_get_);
}

void* Library::find(const char* name) const
{
  void* const symbol = ::dlsym(handle_, name);
  if (symbol == nullptr) {
    throw model::Error(model::ErrorKind::external, "load '" + name_ + "': " + last_reason(),
                       how_to_get_);
  }
  return symbol;
}

}  // namespace mlrepro::sources
