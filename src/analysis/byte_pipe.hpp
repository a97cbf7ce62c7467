// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>

#include "mlrepro/ports/byte_stream.hpp"

namespace mlrepro::analysis {

// Bytes on their way from one thread to another, a few megabytes of them at the most.
class BytePipe final : public ports::ByteSource {
 public:
  // Waits while there is no room. Does nothing when nobody reads any more.
  void put(std::span<const std::byte> bytes);
  void end();  // of what is put
  void stop_reading();

  // Waits for what is put; by one thread at a time.
  std::size_t read(std::span<std::byte> buffer) override;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string waiting_;
  bool ended_ = false;
  bool unread_ = false;
  std::string taken_;  // of the reader, from at_ on
  std::size_t at_ = 0;
};

// Hands on what it reads, and puts it into a pipe, too.
class TappedSource final : public ports::ByteSource {
 public:
  // `pipe` outlives it.
  TappedSource(std::unique_ptr<ports::ByteSource> source, BytePipe& pipe);
  std::size_t read(std::span<std::byte> buffer) override;

 private:
  std::unique_ptr<ports::ByteSource> source_;
  BytePipe& pipe_;
};

}  // namespace mlrepro::analysis
