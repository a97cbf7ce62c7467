// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "storage/record_reader.hpp"

namespace mlrepro::storage {

// Loads records on a thread of its own, a few ahead of the one who takes them: a big file is then
// decoded while what came before is hashed and written. The first few are loaded by who takes them,
// so that a small file costs no thread; so are all where no thread can be had.
class ReadAhead {
 public:
  // Absent: there are no more. Called by one thread at a time. What it throws, next() throws.
  using Load = std::function<std::optional<LoadedRecord>()>;

  explicit ReadAhead(Load load) : load_(std::move(load)) {}
  // Waits for the record that is being loaded.
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  std::optional<LoadedRecord> next();

 private:
  void work();

  Load load_;
  unsigned taken_ = 0;
  bool alone_ = false;  // no thread can be had

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<LoadedRecord> ready_;
  std::exception_ptr failure_;
  bool finished_ = false;  // nothing will be added to ready_
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace mlrepro::storage
