// SPDX-License-Identifier: Apache-2.0
#include "storage/worker_pool.hpp"

#include <csignal>
#include <utility>

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

// Signals are for the threads that wait for them.
void WorkerPool::start()
{
  sigset_t all;
  sigset_t before;
  (void)::sigfillset(&all);
  (void)::pthread_sigmask(SIG_SETMASK, &all, &before);
  for (unsigned i = 0; i < wanted_; ++i) {
    threads_.emplace_back([this] { work(); });
  }
  (void)::pthread_sigmask(SIG_SETMASK, &before, nullptr);
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
