// SPDX-License-Identifier: Apache-2.0
#include "analysis/byte_pipe.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace mlrepro::analysis {
namespace {

constexpr std::size_t k_most_waiting = std::size_t{1} << 22;

}  // namespace

void BytePipe::put(std::span<const std::byte> bytes)
{
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return unread_ || waiting_.size() < k_most_waiting; });
  if (!unread_) {
    waiting_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    changed_.notify_all();
  }
}

void BytePipe::end()
{
  const std::scoped_lock lock(mutex_);
  ended_ = true;
  changed_.notify_all();
}

void BytePipe::stop_reading()
{
  const std::scoped_lock lock(mutex_);
  unread_ = true;
  waiting_ = {};
  changed_.notify_all();
}

std::size_t BytePipe::read(std::span<std::byte> buffer)
{
  if (at_ == taken_.size()) {
    taken_.clear();
    at_ = 0;
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return ended_ || !waiting_.empty(); });
    std::swap(taken_, waiting_);
    changed_.notify_all();
  }
  const std::size_t size = std::min(buffer.size(), taken_.size() - at_);
  std::memcpy(buffer.data(), taken_.data() + at_, size);
  at_ += size;
  return size;
}

TappedSource::TappedSource(std::unique_ptr<ports::ByteSource> source, BytePipe& pipe)
    : source_(std::move(source)), pipe_(pipe)
{
}

std::size_t TappedSource::read(std::span<std::byte> buffer)
{
  const std::size_t size = source_->read(buffer);
  if (size > 0) {
    pipe_.put(buffer.first(size));
  } else {
    pipe_.end();
  }
  return size;
}

}  // namespace mlrepro::analysis
