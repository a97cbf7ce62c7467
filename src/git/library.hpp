// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "mlrepro/model/error.hpp"

namespace mlrepro::git {

// libgit2, started when made and shut down when gone. It counts its users, so several may exist.
class Library {
 public:
  Library();
  ~Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  // On this thread, just now.
  static bool is_starting();
};

// The last failure of libgit2 on this thread as "<what>: <cause>", with what to type next.
model::Error last_error(const std::string& what);

// Throws last_error(what) for a negative return code.
void check(int code, const std::string& what);

}  // namespace mlrepro::git
