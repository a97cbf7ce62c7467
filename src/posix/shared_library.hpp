// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace mlrepro::posix {

// A library that is loaded into the process when it is first needed, since few commands need it and
// with the libraries that it needs itself it takes longer to load than most of them. It stays
// loaded.
class SharedLibrary {
 public:
  // `name` is a path, or is looked for where the system has its libraries. Throws Error{external}
  // with `how_to_get` as its hint where it is not there or can't be loaded.
  SharedLibrary(std::string name, std::string how_to_get);

  // Throws as the constructor does where the library lacks the function.
  template <typename Function>
  void resolve(const char* name, Function*& function) const
  {
    function = reinterpret_cast<Function*>(find(name));
  }

 private:
  [[nodiscard]] void* find(const char* name) const;
  [[noreturn]] void fail() const;

  std::string name_;
  std::string how_to_get_;
  void* handle_;
};

}  // namespace mlrepro::posix
