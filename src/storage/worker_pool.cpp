// SPDX-License-Identifier: Apache-2.0
#include "storage/worker_pool.hpp"

#include <utility>

#include "posix/quiet_thread.hpp"

namespace mlrepro::storage {
namespace {

// Tasks hold content of up to half a MiB each.
constexpr std::size_t k_waiting_per_thread = 4;

}  // namespace

WorkerPool::~WorkerPool()
{
  {
    const std::lock_guard guard(mutex_);
    ending_ = true;
  }
  ready_.notify_all();
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

void WorkerPool::start()
{
  for (unsigned i = 0; i < wanted_; ++i) {
    threads_.push_back(posix::start_quiet_thread([this] { work(); }));
  }
}

void WorkerPool::run(Task task)
{
  {
    const std::lock_guard guard(mutex_);
    if (threads_.empty()) {
      start();
    }
    if (tasks_.size() < k_waiting_per_thread * wanted_) {
      tasks_.push_back(std::move(task));
      ready_.notify_one();
      return;
    }
  }
  task();
}

void WorkerPool::work()
{
  std::unique_lock lock(mutex_);
  while (true) {
    ready_.wait(lock, [&] { return ending_ || !tasks_.empty(); });
    if (tasks_.empty()) {
      return;
    }
    const Task task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    lock.lock();
  }
}

}  // namespace mlrepro::storage
