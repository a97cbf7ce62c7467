// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "posix/file_descriptor.hpp"
#include "storage/block_encoder.hpp"
#include "storage/pack.hpp"
#include "storage/pack_footer.hpp"

namespace mlrepro::storage {

// A complete pack that nobody sees yet; removed when it is destroyed unpublished.
class SealedPack {
 public:
  SealedPack(std::string temporary, posix::FileDescriptor file, const model::Digest& id);
  ~SealedPack();
  SealedPack(SealedPack&&) noexcept;
  SealedPack& operator=(SealedPack&&) noexcept;
  SealedPack(const SealedPack&) = delete;
  SealedPack& operator=(const SealedPack&) = delete;

  // Waits until the content is on disk, once. An error is final: what the kernel dropped, a second
  // try would not write.
  void sync();
  // After `sync`: under its final name, whose folder the caller syncs. Returns the path.
  std::string publish(const std::string& folder);

  [[nodiscard]] const model::Digest& id() const { return id_; }
  // For looking records up meanwhile.
  [[nodiscard]] const std::shared_ptr<const Pack>& pack() const { return pack_; }

 private:
  void discard() noexcept;

  std::string temporary_;
  posix::FileDescriptor file_;
  model::Digest id_;
  std::shared_ptr<const Pack> pack_;
};

// Writes one pack from its header to its trailer; one thread at a time. Whatever ends it before
// `seal` leaves no file behind.
class PackWriter {
 public:
  // `temporary` must not exist, and lie in the file system of the packs.
  PackWriter(std::string temporary, PackClass pack_class);
  ~PackWriter();
  PackWriter(const PackWriter&) = delete;
  PackWriter& operator=(const PackWriter&) = delete;

  void append(const EncodedBlock& block);
  // A block as `Pack::read_block` gives it.
  void append_verbatim(ByteView block);
  [[nodiscard]] SealedPack seal();

  [[nodiscard]] std::uint64_t size() const { return written_ + buffer_.size(); }
  [[nodiscard]] std::size_t record_count() const { return footer_.records.size(); }

 private:
  void write(ByteView bytes);
  void write_out(ByteView bytes);
  void flush();
  void reserve(std::uint64_t end);

  std::string temporary_;
  std::string what_;
  posix::FileDescriptor file_;
  Footer footer_;
  Bytes buffer_;
  std::uint64_t written_ = 0;
  std::uint64_t reserved_ = 0;
  std::uint64_t pushed_ = 0;  // up to here the kernel was asked to write back
};

// A path for a file of this process: its number first, so that others see when it is gone.
std::string next_temporary(const std::string& folder);

}  // namespace mlrepro::storage
