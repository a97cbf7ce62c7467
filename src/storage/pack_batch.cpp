// SPDX-License-Identifier: Apache-2.0
#include "storage/pack_batch.hpp"

#include <algorithm>
#include <memory>
#include <thread>

#include "mlrepro/model/error.hpp"
#include "posix/folders.hpp"
#include "storage/entropy.hpp"

namespace mlrepro::storage {
namespace {

// Up to here a file is one record.
constexpr std::size_t k_whole = std::size_t{256} * 1024;
// Compressed formats change all over when their content does: pieces of them would not be found
// again. Beyond this size a part may still be the same, as in an archive that was appended to.
constexpr std::size_t k_whole_packed = std::size_t{8} * 1024 * 1024;
// From here on, a record has a block of its own.
constexpr std::size_t k_own_block = std::size_t{64} * 1024;
// Below this, a delta's own block costs what it saves.
constexpr std::size_t k_min_delta = std::size_t{8} * 1024;

// A thread's own buffer, kept from file to file and never cleared: for small files that would cost
// more than reading them.
class ReadBuffer {
 public:
  void clear() { size_ = 0; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] ByteView bytes() const { return {bytes_.get(), size_}; }

  // Until the source ends or there are `size` bytes.
  void read_until(ports::ByteSource& source, std::size_t size)
  {
    while (size_ < size) {
      if (size_ == capacity_) {
        grow();
      }
      const std::size_t room = std::min(size, capacity_) - size_;
      const std::size_t got = source.read({bytes_.get() + size_, room});
      if (got == 0) {
        break;
      }
      size_ += got;
    }
  }

 private:
  void grow()
  {
    const std::size_t capacity = std::max(capacity_ * 2, k_whole + 1);
    auto bytes = std::make_unique_for_overwrite<std::byte[]>(capacity);
    std::copy_n(bytes_.get(), size_, bytes.get());
    bytes_ = std::move(bytes);
    capacity_ = capacity;
  }

  std::unique_ptr<std::byte[]> bytes_;
  std::size_t capacity_ = 0;
  std::size_t size_ = 0;
};

bool is_opaque(ByteView content)
{
  return is_packed_format(content) || sampled_entropy(content) >= k_random_bits;
}

// Whether some of 16 samples stand in `old` too, at the same distance from its start or its end.
bool resembles(ByteView content, ByteView old)
{
  constexpr std::size_t k_samples = 16;
  constexpr std::size_t k_length = 32;
  if (content.size() < k_length || old.size() < k_length) {
    return false;
  }
  for (std::size_t i = 0; i < k_samples; ++i) {
    const std::size_t at = (content.size() - k_length) / k_samples * i;
    const std::size_t from_end = content.size() - at;
    const ByteView sample = content.subspan(at, k_length);
    const auto stands_at = [&](std::size_t place) {
      return place + k_length <= old.size() &&
             std::equal(sample.begin(), sample.end(), old.subspan(place).begin());
    };
    if (stands_at(at) || (from_end <= old.size() && stands_at(old.size() - from_end))) {
      return true;
    }
  }
  return false;
}

unsigned cores()
{
  return std::clamp(std::thread::hardware_concurrency(), 1U, 16U);
}

}  // namespace

void publish_packs(std::vector<SealedPack>& packs, const std::string& folder)
{
  if (packs.empty()) {
    return;
  }
  for (SealedPack& pack : packs) {
    pack.sync();
  }
  posix::make_folders(folder, 0700);
  for (SealedPack& pack : packs) {
    pack.publish(folder);
  }
  posix::sync_folder(folder);
  posix::sync_folder(posix::parent_folder(folder));
  posix::sync_folder(posix::parent_folder(posix::parent_folder(folder)));
}

PackBatch::PackBatch(PackSet& packs, const RecordReader& reader, const std::string& temporary,
                     std::function<void()> committed, BatchWriter::IsSound is_sound)
    : packs_(packs),
      reader_(reader),
      committed_(std::move(committed)),
      writer_(packs, temporary, std::move(is_sound)),
      pool_(cores())
{
  posix::make_folders(temporary, 0700);
  (void)packs_.refresh();
}

ports::StoredObject PackBatch::put(ports::ObjectKind kind, ports::ByteSource& source,
                                   const std::optional<model::Digest>& previous)
{
  static thread_local ReadBuffer buffer;
  buffer.clear();
  const bool tree = kind == ports::ObjectKind::tree;
  buffer.read_until(source, tree ? k_max_block_raw : k_whole + 1);
  if (tree) {
    if (buffer.size() >= k_max_block_raw) {
      throw model::Error(model::ErrorKind::io, "store: a folder's node is too big to be stored");
    }
    return put_whole({digest_of(RecordKind::tree, buffer.bytes()), RecordKind::tree},
                     buffer.bytes(), std::nullopt);
  }
  std::size_t whole = k_whole;
  if (buffer.size() > k_whole && is_opaque(buffer.bytes()) && !is_packed_in_parts(buffer.bytes())) {
    whole = k_whole_packed;
    buffer.read_until(source, whole + 1);
  }
  if (buffer.size() <= whole) {
    return put_whole({digest_of(RecordKind::blob, buffer.bytes()), RecordKind::blob},
                     buffer.bytes(), previous);
  }
  std::optional<PreviousVersion> old;
  if (previous) {
    old = PreviousVersion::find(reader_, *previous);
  }
  return ChunkedPut({writer_, reader_, pool_}, std::move(old)).put(buffer.bytes(), source);
}

std::optional<DeltaPrefix> PackBatch::prefix_for(const RecordName& name, ByteView content,
                                                 const std::optional<model::Digest>& previous) const
{
  if (!previous || *previous == name.key || content.size() < k_min_delta) {
    return std::nullopt;
  }
  auto old = PreviousVersion::find(reader_, *previous);
  auto prefix = old ? load_prefix(reader_, old->align(name.key, content.size())) : std::nullopt;
  // What does not compress by itself has to be partly the same.
  const bool worth = prefix && (is_compressible(content) || resembles(content, prefix->content));
  return worth ? std::move(prefix) : std::nullopt;
}

ports::StoredObject PackBatch::put_whole(const RecordName& name, ByteView content,
                                         const std::optional<model::Digest>& previous)
{
  const Claim claim = writer_.claim(name);
  if (!claim.is_mine) {
    return {name.key, content.size(), claim.stored_bytes, 0, false};
  }
  std::uint64_t stored = 0;
  try {
    const auto prefix = prefix_for(name, content, previous);
    std::vector<RecordRow> row{{name.key, name.kind, static_cast<std::uint32_t>(content.size())}};
    if (prefix) {
      EncodedBlock block = encode_block(row, content, *prefix);
      if (block.head.codec == Codec::zstd_prefix || content.size() >= k_own_block) {
        stored = writer_.append(block);
      }
    } else if (content.size() >= k_own_block) {
      stored = writer_.append(is_opaque(content) ? encode_raw_block(std::move(row), content)
                                                 : encode_block(std::move(row), content));
    }
    if (stored == 0) {
      stored = writer_.gather(name, content);
    }
  } catch (...) {
    writer_.fail();
    throw;
  }
  return {name.key, content.size(), stored, stored, true};
}

void PackBatch::commit()
{
  std::vector<SealedPack> packs = writer_.seal();
  for (const SealedPack& pack : packs) {
    written_bytes_ += pack.pack()->bytes();
  }
  try {
    publish_packs(packs, packs_.folder());
  } catch (...) {
    writer_.fail();
    throw;
  }
  if (!packs.empty()) {
    (void)packs_.rescan();
    committed_();
  }
}

}  // namespace mlrepro::storage
