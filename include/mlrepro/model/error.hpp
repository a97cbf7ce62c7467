// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace mlrepro::model {

// What went wrong, as a caller can act on it. The command line maps each kind to one exit code.
enum class ErrorKind {
  usage,        // the request itself is malformed
  not_found,    // a named thing does not exist
  ambiguous,    // a reference names more than one thing
  conflict,     // doing it would overwrite or contradict something
  locked,       // somebody else holds it
  corrupt,      // stored bytes do not decode or do not hash to their name
  io,           // the operating system refused a read or write
  external,     // another program, a remote or a wrapped command failed
  interrupted,  // the user asked to stop
};

// The word used for a kind in JSON error objects.
std::string_view to_string(ErrorKind kind);

// The only exception type of mlrepro. The message is lower case and names the thing in quotes,
// then the cause; the hint is what to type next (empty when there is nothing useful to say).
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message, std::string hint = {})
      : std::runtime_error(message), kind_(kind), hint_(std::move(hint))
  {
  }

  [[nodiscard]] ErrorKind kind() const { return kind_; }
  [[nodiscard]] std::string message() const { return what(); }
  [[nodiscard]] const std::string& hint() const { return hint_; }

 private:
  ErrorKind kind_;
  std::string hint_;
};

}  // namespace mlrepro::model
