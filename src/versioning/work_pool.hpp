// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace mlrepro::versioning {

// Threads for loops, also for loops within loops: who waits for its own loop helps with what was
// begun below it. With one thread everything is done by the caller, in order.
class WorkPool {
 public:
  // The caller's thread is one of them.
  explicit WorkPool(unsigned threads);
  ~WorkPool();
  WorkPool(const WorkPool&) = delete;
  WorkPool& operator=(const WorkPool&) = delete;

  // Calls `work` once with every number below `count`, begun in ascending order, and returns when
  // all calls have. After an exception nothing more is begun, and the first one is thrown here.
  void run(std::size_t count, const std::function<void(std::size_t)>& work);

 private:
  struct Loop {
    const std::function<void(std::size_t)>* work = nullptr;
    std::size_t count = 0;
    std::size_t next = 0;
    std::size_t running = 0;
    const Loop* outer = nullptr;
    std::exception_ptr error;
  };
  void serve();
  // With the lock held; it is released while the work is done.
  void do_one(Loop& loop, std::unique_lock<std::mutex>& lock);
  Loop* find_open(const Loop* ancestor) const;

  static thread_local const Loop* current_;
  std::vector<std::thread> threads_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Loop*> loops_;
  bool ending_ = false;
};

}  // namespace mlrepro::versioning
