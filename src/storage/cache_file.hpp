// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/ports/stat_cache.hpp"
#include "posix/file_descriptor.hpp"

namespace mlrepro::storage {

// The stat cache of one root on disk (docs/format.md, "Stat cache"): chunks of folders' entries,
// then an index of the chunks. A chunk holds up to k_chunk_entries entries of one folder; the last
// of a folder also holds its totals.
inline constexpr std::size_t k_chunk_entries = 4096;

struct CacheChunk {
  std::uint64_t folder = 0;  // hash of the folder's path
  std::uint64_t offset = 0;
  std::uint32_t length = 0;
  std::uint32_t number = 0;  // within the folder

  bool operator<(const CacheChunk& other) const
  {
    return folder != other.folder ? folder < other.folder : number < other.number;
  }
};

std::uint64_t hash_bytes(std::string_view bytes);

void encode_entry(std::string& out, const ports::CachedEntry& entry);
// A whole chunk, checksum included. `totals` is null but for the last.
std::string encode_chunk(const std::string& path, const ports::CachedTotals* totals,
                         std::uint64_t count, const std::string& entries);
std::string encode_header(const std::string& root);
std::string encode_index(const std::vector<CacheChunk>& chunks, std::uint64_t offset);

// One chunk of an open folder.
class ChunkReader {
 public:
  // Empty when anything in the chunk is not as it was written, or it is not of this folder.
  static std::optional<ChunkReader> parse(std::string bytes, const std::string& path);

  [[nodiscard]] const std::optional<ports::CachedTotals>& totals() const { return totals_; }
  // False at the end.
  bool next(ports::CachedEntry& entry);

 private:
  std::string bytes_;
  std::size_t position_ = 0;
  std::uint64_t left_ = 0;
  std::optional<ports::CachedTotals> totals_;
};

// An open cache file; read by any number of threads.
class CacheFile {
 public:
  // Empty when there is no such file or it is damaged or of another root.
  static std::optional<CacheFile> open(const std::string& path, const std::string& root);

  [[nodiscard]] std::span<const CacheChunk> chunks_of(const std::string& folder) const;
  [[nodiscard]] std::span<const CacheChunk> chunks() const { return chunks_; }
  // Fewer bytes when the file is not what it was.
  [[nodiscard]] std::string read(std::uint64_t offset, std::size_t length) const;

 private:
  posix::FileDescriptor file_;
  std::vector<CacheChunk> chunks_;
};

}  // namespace mlrepro::storage
