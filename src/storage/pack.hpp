// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "posix/file_descriptor.hpp"
#include "posix/mapped_file.hpp"
#include "storage/pack_footer.hpp"

namespace mlrepro::storage {

// The bytes of a pack that is no file of this machine.
class PackBytes {
 public:
  PackBytes() = default;
  PackBytes(const PackBytes&) = delete;
  PackBytes& operator=(const PackBytes&) = delete;
  virtual ~PackBytes() = default;

  [[nodiscard]] virtual std::uint64_t size() const = 0;
  // Until the buffer is full or the pack ends. Throws Error{not_found} when it is gone, and what
  // its place throws. Any number of threads.
  virtual std::size_t read(std::uint64_t offset, std::span<std::byte> buffer) const = 0;
};

// One pack of a store, open for reading by any number of threads.
class Pack {
 public:
  // A pack whose footer is damaged is read through what its blocks say. Throws Error{not_found}
  // and Error{io}.
  static std::shared_ptr<const Pack> open(const std::string& path);
  // For a pack that is complete, but not under its final name yet.
  Pack(std::string path, const posix::FileDescriptor& file);
  // Elsewhere; `footer` is the one that its name stands for, in encoded form.
  Pack(std::string path, std::unique_ptr<const PackBytes> bytes, Bytes footer);
  ~Pack();
  Pack(const Pack&) = delete;
  Pack& operator=(const Pack&) = delete;

  [[nodiscard]] const FooterView& footer() const { return footer_; }
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  [[nodiscard]] std::int64_t modified_ns() const { return modified_ns_; }
  // Whether this is still what lies at `path`: a damaged pack may be replaced under its name.
  [[nodiscard]] bool is_current() const;
  // Different for every pack that this process ever opened.
  [[nodiscard]] std::uint64_t serial() const { return serial_; }
  // Its footer or header was not what was written.
  [[nodiscard]] bool is_damaged() const { return damaged_; }

  // Head and payload as they are on disk, unchecked. Throws Error{corrupt} when the file is too
  // short, Error{not_found} when it is gone, Error{io}.
  [[nodiscard]] Bytes read_block(std::uint32_t index) const;
  // The fixed part of its head alone. Throws as `read_block`.
  [[nodiscard]] BlockStart read_block_start(std::uint32_t index) const;
  // What the record takes in the pack: its share of its block.
  [[nodiscard]] std::uint64_t stored_bytes(const RecordEntry& record) const;

 private:
  void read_footer(int fd);
  [[nodiscard]] int shared_descriptor() const;
  std::size_t read_bytes(std::uint64_t offset, std::span<std::byte> buffer) const;
  // Its first bytes, up to `limit`.
  [[nodiscard]] Bytes read_block(std::uint32_t index, std::size_t limit) const;

  std::string path_;
  std::uint64_t bytes_ = 0;
  std::int64_t modified_ns_ = 0;
  std::uint64_t inode_ = 0;
  std::uint64_t serial_ = 0;
  bool damaged_ = false;
  posix::MappedFile mapped_;
  Bytes own_footer_;  // where the one on disk can't be used, or is elsewhere
  FooterView footer_;
  mutable std::mutex opening_;
  mutable posix::FileDescriptor file_;
  std::unique_ptr<const PackBytes> elsewhere_;
};

// Where the footer of a pack of `size` bytes is, by its last bytes; absent where they are no
// trailer, or do not fit.
std::optional<Trailer> fitting_trailer(ByteView last, std::uint64_t size);

// The footer that the blocks of a pack give, in encoded form. Passes over what is damaged.
Bytes rebuild_footer(ByteView pack);

}  // namespace mlrepro::storage
