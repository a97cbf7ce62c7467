// SPDX-License-Identifier: Apache-2.0
#include "storage/read_ahead.hpp"

#include <system_error>
#include <utility>

#include "posix/quiet_thread.hpp"

namespace mlrepro::storage {
namespace {

// Pieces have up to half a MiB each.
constexpr unsigned k_without_thread = 8;
constexpr std::size_t k_ahead = 8;

}  // namespace

ReadAhead::~ReadAhead()
{
  {
    const std::lock_guard guard(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) {
    thread_.join();
  }
}

std::optional<LoadedRecord> ReadAhead::next()
{
  if (alone_ || taken_ < k_without_thread) {
    ++taken_;
    return load_();
  }
  if (!thread_.joinable()) {
    try {
      thread_ = posix::start_quiet_thread([this] { work(); });
    } catch (const std::system_error&) {
      alone_ = true;
      return load_();
    }
  }
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return finished_ || !ready_.empty(); });
  if (ready_.empty()) {
    if (failure_) {
      std::rethrow_exception(failure_);
    }
    return std::nullopt;
  }
  LoadedRecord record = std::move(ready_.front());
  ready_.pop_front();
  lock.unlock();
  changed_.notify_all();
  return record;
}

void ReadAhead::work()
{
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    std::optional<LoadedRecord> record;
    std::exception_ptr failure;
    try {
      record = load_();
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    if (!record) {
      failure_ = failure;
      break;
    }
    ready_.push_back(std::move(*record));
    changed_.notify_all();
    changed_.wait(lock, [&] { return stopping_ || ready_.size() < k_ahead; });
  }
  finished_ = true;
  changed_.notify_all();
}

}  // namespace mlrepro::storage
