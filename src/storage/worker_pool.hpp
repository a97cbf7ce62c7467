// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace mlrepro::storage {

// Threads that start with the first task and take tasks in order. Tasks must not throw.
class WorkerPool {
 public:
  using Task = std::function<void()>;

  explicit WorkerPool(unsigned threads) : wanted_(threads) {}
  // Waits for the tasks under way and those that wait.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // When too many wait already, the caller does the task itself.
  void run(Task task);

 private:
  void start();
  void work();

  unsigned wanted_;
  std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Task> tasks_;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace mlrepro::storage
