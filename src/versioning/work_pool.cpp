// SPDX-License-Identifier: Apache-2.0
#include "versioning/work_pool.hpp"

#include <algorithm>

namespace mlrepro::versioning {

thread_local const WorkPool::Loop* WorkPool::current_ = nullptr;

WorkPool::WorkPool(unsigned threads)
{
  for (unsigned i = 1; i < threads; ++i) {
    threads_.emplace_back([this] { serve(); });
  }
}

WorkPool::~WorkPool()
{
  {
    const std::lock_guard guard(mutex_);
    ending_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

void WorkPool::run(std::size_t count, const std::function<void(std::size_t)>& work)
{
  if (threads_.empty() || count < 2) {
    for (std::size_t i = 0; i < count; ++i) {
      work(i);
    }
    return;
  }
  Loop loop;
  loop.work = &work;
  loop.count = count;
  loop.outer = current_;
  std::unique_lock lock(mutex_);
  loops_.push_back(&loop);
  changed_.notify_all();
  while (loop.next < loop.count || loop.running > 0) {
    Loop* const open = loop.next < loop.count ? &loop : find_open(&loop);
    if (open != nullptr) {
      do_one(*open, lock);
    } else {
      changed_.wait(lock);
    }
  }
  std::erase(loops_, &loop);
  if (loop.error) {
    std::rethrow_exception(loop.error);
  }
}

void WorkPool::serve()
{
  std::unique_lock lock(mutex_);
  while (!ending_) {
    if (Loop* const open = find_open(nullptr)) {
      do_one(*open, lock);
    } else {
      changed_.wait(lock);
    }
  }
}

void WorkPool::do_one(Loop& loop, std::unique_lock<std::mutex>& lock)
{
  const std::size_t item = loop.next++;
  ++loop.running;
  lock.unlock();
  const Loop* const before = current_;
  current_ = &loop;
  std::exception_ptr error;
  try {
    (*loop.work)(item);
  } catch (...) {
    error = std::current_exception();
  }
  current_ = before;
  lock.lock();
  if (error) {
    loop.error = loop.error ? loop.error : error;
    loop.next = loop.count;
  }
  if (--loop.running == 0 && loop.next == loop.count) {
    changed_.notify_all();
  }
}

WorkPool::Loop* WorkPool::find_open(const Loop* ancestor) const
{
  // The newest first: it is the deepest, and what others wait for.
  for (auto item = loops_.rbegin(); item != loops_.rend(); ++item) {
    Loop* const loop = *item;
    if (loop->next == loop->count) {
      continue;
    }
    const Loop* above = loop;
    while (above != nullptr && above != ancestor) {
      above = above->outer;
    }
    if (above == ancestor) {
      return loop;
    }
  }
  return nullptr;
}

}  // namespace mlrepro::versioning
