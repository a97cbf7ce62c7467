// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace mlrepro::sources {

// A shared library that is loaded when it is first needed, and stays. Throws Error{external} with
// `how_to_get` as its hint where it is not installed, or lacks a function.
class Library {
 public:
  // The first of `names` that can be loaded.
  Library(const std::vector<std::string>& names, std::string how_to_get);

  template <typename Function>
  void resolve(const char* name, Function*& function) const
  {
    function = reinterpret_cast<Function*>(find(name));
  }

 private:
  [[nodiscard]] void* find(const char* name) const;

  void* handle_ = nullptr;
  std::string name_;
  std::string how_to_get_;
};

}  // namespace mlrepro::sources
