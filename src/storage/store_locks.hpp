// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "mlrepro/ports/object_store.hpp"
#include "posix/file_descriptor.hpp"
#include "posix/file_lock.hpp"

namespace mlrepro::storage {

// A kernel lock on a file of the store; it ends with this object or the process.
class StoreLock final : public ports::StoreHold {
 public:
  // Holds nothing.
  StoreLock() = default;
  explicit StoreLock(posix::FileDescriptor file) : file_(std::move(file)) {}

  [[nodiscard]] bool is_held() const { return file_.is_open(); }

  // Waits. A file that can't be made or opened gives a lock that holds nothing: who can't write
  // the store can't remove from it either.
  static std::unique_ptr<StoreLock> take_shared(const std::string& path);
  // Null when somebody else holds it in another way.
  static std::unique_ptr<StoreLock> try_take(const std::string& path, posix::LockMode mode);
  // The same, behind whoever waits to be alone.
  static std::unique_ptr<StoreLock> take_shared_in_turn(const std::string& path);
  // Throws Error{locked} after `patience`. Those who come in turn meanwhile are stopped now and
  // then, for as long as it takes short holds to end: an endless chain of them ends.
  static std::unique_ptr<StoreLock> take_alone(const std::string& path,
                                               std::chrono::milliseconds patience);

 private:
  posix::FileDescriptor file_;
};

}  // namespace mlrepro::storage
