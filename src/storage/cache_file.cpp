// SPDX-License-Identifier: Apache-2.0
#include "storage/cache_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "mlrepro/model/error.hpp"

namespace mlrepro::storage {
namespace {

constexpr std::string_view k_magic = "mlrstat1";
constexpr std::size_t k_index_entry = 24;
constexpr std::size_t k_trailer =
    32;  // index offset, number of chunks, checksum of the index, magic

constexpr unsigned k_type_mask = 3;
constexpr unsigned k_executable_bit = 4;
constexpr unsigned k_certain_bit = 8;

void put_fixed(std::string& out, std::uint64_t value)
{
  for (unsigned shift = 0; shift < 64; shift += 8) {
    out += static_cast<char>((value >> shift) & 0xffU);
  }
}

void put_varint(std::string& out, std::uint64_t value)
{
  for (; value >= 0x80; value >>= 7U) {
    out += static_cast<char>((value & 0x7fU) | 0x80U);
  }
  out += static_cast<char>(value);
}

void put_text(std::string& out, std::string_view text)
{
  put_varint(out, text.size());
  out += text;
}

std::uint64_t get_fixed(std::string_view bytes)
{
  std::uint64_t value = 0;
  for (std::size_t i = 8; i-- > 0;) {
    value = (value << 8U) | static_cast<std::uint8_t>(bytes[i]);
  }
  return value;
}

// Bytes behind a checksum are as they were written; the bounds still hold.
struct Reader {
  std::string_view bytes;
  std::size_t& position;
  bool good = true;

  std::string_view take(std::uint64_t size)
  {
    if (!good || size > bytes.size() - position) {
      good = false;
      return {};
    }
    const std::string_view taken = bytes.substr(position, size);
    position += size;
    return taken;
  }
  std::uint8_t byte()
  {
    const auto taken = take(1);
    return good ? static_cast<std::uint8_t>(taken[0]) : 0;
  }
  std::uint64_t fixed()
  {
    const auto taken = take(8);
    return good ? get_fixed(taken) : 0;
  }
  std::uint64_t varint()
  {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && good; shift += 7) {
      const std::uint8_t part = byte();
      value |= static_cast<std::uint64_t>(part & 0x7fU) << shift;
      if ((part & 0x80U) == 0) {
        return value;
      }
    }
    good = false;
    return 0;
  }
  model::Digest digest()
  {
    model::Digest::Bytes digest{};
    const auto taken = take(digest.size());
    if (good) {
      std::memcpy(digest.data(), taken.data(), digest.size());
    }
    return model::Digest(digest);
  }
};

void put_digest(std::string& out, const model::Digest& digest)
{
  out.append(reinterpret_cast<const char*>(digest.bytes().data()), model::Digest::k_size);
}

std::string read_at(int fd, std::uint64_t offset, std::size_t length)
{
  std::string bytes(length, '\0');
  std::size_t done = 0;
  while (done < length) {
    const ssize_t size =
        ::pread(fd, bytes.data() + done, length - done, static_cast<off_t>(offset + done));
    if (size < 0 && errno == EINTR) {
      continue;
    }
    if (size <= 0) {
      break;
    }
    done += static_cast<std::size_t>(size);
  }
  bytes.resize(done);
  return bytes;
}

}  // namespace

// Eight bytes a step; catches damage, not malice.
std::uint64_t hash_bytes(std::string_view bytes)
{
  constexpr std::uint64_t k_factor = 0x9fb21c651e98df25U;
  std::uint64_t hash = 0x2545f4914f6cdd1dU ^ bytes.size();
  std::size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, 8);
    hash = (hash ^ word) * k_factor;
    hash ^= hash >> 29U;
  }
  for (; at < bytes.size(); ++at) {
    hash = (hash ^ static_cast<std::uint8_t>(bytes[at])) * k_factor;
    hash ^= hash >> 29U;
  }
  hash *= k_factor;
  return hash ^ (hash >> 32U);
}

void encode_entry(std::string& out, const ports::CachedEntry& entry)
{
  put_text(out, entry.name);
  out += static_cast<char>(static_cast<unsigned>(entry.stat.type) |
                           (entry.stat.executable ? k_executable_bit : 0U) |
                           (entry.certain ? k_certain_bit : 0U));
  put_digest(out, entry.digest);
  if (entry.stat.type == ports::FileType::folder) {
    return;
  }
  put_varint(out, entry.stat.size);
  put_fixed(out, static_cast<std::uint64_t>(entry.stat.mtime_ns));
  put_fixed(out, static_cast<std::uint64_t>(entry.stat.ctime_ns));
  put_varint(out, entry.stat.inode);
  put_varint(out, entry.stat.device);
}

std::string encode_chunk(const std::string& path, const ports::CachedTotals* totals,
                         std::uint64_t count, const std::string& entries)
{
  std::string body;
  put_text(body, path);
  body += static_cast<char>(totals != nullptr ? 1 : 0);
  if (totals != nullptr) {
    put_digest(body, totals->digest);
    put_varint(body, totals->size);
    put_varint(body, totals->files);
    put_varint(body, totals->entries);
  }
  put_varint(body, count);
  body += entries;
  std::string chunk;
  chunk.reserve(body.size() + 8);
  put_fixed(chunk, hash_bytes(body));
  return chunk + body;
}

std::string encode_header(const std::string& root)
{
  std::string header(k_magic);
  put_text(header, root);
  return header;
}

std::string encode_index(const std::vector<CacheChunk>& chunks, std::uint64_t offset)
{
  std::string index;
  index.reserve(chunks.size() * k_index_entry + k_trailer);
  for (const CacheChunk& chunk : chunks) {
    put_fixed(index, chunk.folder);
    put_fixed(index, chunk.offset);
    put_fixed(index, chunk.length | (static_cast<std::uint64_t>(chunk.number) << 32U));
  }
  const std::uint64_t checksum = hash_bytes(index);
  put_fixed(index, offset);
  put_fixed(index, chunks.size());
  put_fixed(index, checksum);
  return index + std::string(k_magic);
}

std::optional<ChunkReader> ChunkReader::parse(std::string bytes, const std::string& path)
{
  if (bytes.size() < 8 || get_fixed(bytes) != hash_bytes(std::string_view(bytes).substr(8))) {
    return std::nullopt;
  }
  ChunkReader chunk;
  chunk.bytes_ = std::move(bytes);
  chunk.position_ = 8;
  Reader reader{chunk.bytes_, chunk.position_};
  if (reader.take(reader.varint()) != path) {
    return std::nullopt;
  }
  if (reader.byte() == 1) {
    ports::CachedTotals totals;
    totals.digest = reader.digest();
    totals.size = reader.varint();
    totals.files = reader.varint();
    totals.entries = reader.varint();
    chunk.totals_ = totals;
  }
  chunk.left_ = reader.varint();
  return reader.good ? std::optional(std::move(chunk)) : std::nullopt;
}

bool ChunkReader::next(ports::CachedEntry& entry)
{
  if (left_ == 0) {
    return false;
  }
  --left_;
  Reader reader{bytes_, position_};
  entry.name = reader.take(reader.varint());
  const unsigned bits = reader.byte();
  entry.digest = reader.digest();
  entry.certain = (bits & k_certain_bit) != 0;
  entry.stat = {};
  entry.stat.type = static_cast<ports::FileType>(bits & k_type_mask);
  entry.stat.executable = (bits & k_executable_bit) != 0;
  if (entry.stat.type != ports::FileType::folder) {
    entry.stat.size = reader.varint();
    entry.stat.mtime_ns = static_cast<std::int64_t>(reader.fixed());
    entry.stat.ctime_ns = static_cast<std::int64_t>(reader.fixed());
    entry.stat.inode = reader.varint();
    entry.stat.device = reader.varint();
  }
  return reader.good;
}

std::optional<CacheFile> CacheFile::open(const std::string& path, const std::string& root)
{
  CacheFile cache;
  struct stat status {};
  try {
    cache.file_ = posix::open_file(path, O_RDONLY);
  } catch (const model::Error&) {
    return std::nullopt;
  }
  const std::string header = encode_header(root);
  if (::fstat(cache.file_.get(), &status) != 0 ||
      status.st_size < static_cast<off_t>(header.size() + k_trailer) ||
      cache.read(0, header.size()) != header) {
    return std::nullopt;
  }
  const auto size = static_cast<std::uint64_t>(status.st_size);
  const std::string trailer = cache.read(size - k_trailer, k_trailer);
  if (trailer.size() != k_trailer || trailer.substr(24) != k_magic) {
    return std::nullopt;
  }
  const std::string_view view(trailer);
  const std::uint64_t offset = get_fixed(view);
  const std::uint64_t count = get_fixed(view.substr(8));
  if (offset > size - k_trailer || count != (size - k_trailer - offset) / k_index_entry ||
      count * k_index_entry != size - k_trailer - offset) {
    return std::nullopt;
  }
  const std::string index = cache.read(offset, count * k_index_entry);
  if (index.size() != count * k_index_entry || hash_bytes(index) != get_fixed(view.substr(16))) {
    return std::nullopt;
  }
  cache.chunks_.reserve(count);
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::string_view item = std::string_view(index).substr(i * k_index_entry, k_index_entry);
    const std::uint64_t length = get_fixed(item.substr(16));
    cache.chunks_.push_back({get_fixed(item), get_fixed(item.substr(8)),
                             static_cast<std::uint32_t>(length),
                             static_cast<std::uint32_t>(length >> 32U)});
  }
  return cache;
}

std::span<const CacheChunk> CacheFile::chunks_of(const std::string& folder) const
{
  const CacheChunk first{hash_bytes(folder), 0, 0, 0};
  const auto begin = std::lower_bound(chunks_.begin(), chunks_.end(), first);
  auto end = begin;
  while (end != chunks_.end() && end->folder == first.folder) {
    ++end;
  }
  return {begin, end};
}

std::string CacheFile::read(std::uint64_t offset, std::size_t length) const
{
  return read_at(file_.get(), offset, length);
}

}  // namespace mlrepro::storage
