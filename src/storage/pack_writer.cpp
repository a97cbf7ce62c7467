// SPDX-License-Identifier: Apache-2.0
#include "storage/pack_writer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>

#include "crypto/sha256.hpp"
#include "mlrepro/model/error.hpp"
#include "posix/system_error.hpp"
#include "storage/pack_names.hpp"

namespace mlrepro::storage {
namespace {

constexpr std::size_t k_write = std::size_t{512} * 1024;
// What is longer goes to the kernel from where it is.
constexpr std::size_t k_direct = std::size_t{64} * 1024;
constexpr std::uint64_t k_reserve = std::uint64_t{64} * 1024 * 1024;
constexpr std::uint64_t k_push = std::uint64_t{16} * 1024 * 1024;

void check_written(int result, const std::string& what)
{
  if (result != 0) {
    posix::throw_errno(what);
  }
}

}  // namespace

std::string next_temporary(const std::string& folder)
{
  static std::atomic<unsigned> counter{0};
  return folder + "/" + std::to_string(::getpid()) + "-" + std::to_string(++counter);
}

SealedPack::SealedPack(std::string temporary, posix::FileDescriptor file, const model::Digest& id)
    : temporary_(std::move(temporary)), file_(std::move(file)), id_(id)
{
  try {
    pack_ = std::make_shared<const Pack>(temporary_, file_);
  } catch (...) {
    discard();
    throw;
  }
}

SealedPack::~SealedPack()
{
  discard();
}

SealedPack::SealedPack(SealedPack&& other) noexcept
    : temporary_(std::exchange(other.temporary_, {})),
      file_(std::move(other.file_)),
      id_(other.id_),
      pack_(std::move(other.pack_))
{
}

SealedPack& SealedPack::operator=(SealedPack&& other) noexcept
{
  std::swap(temporary_, other.temporary_);
  std::swap(file_, other.file_);
  std::swap(id_, other.id_);
  std::swap(pack_, other.pack_);
  return *this;
}

void SealedPack::discard() noexcept
{
  if (!temporary_.empty()) {
    (void)::unlink(temporary_.c_str());
  }
}

void SealedPack::sync()
{
  if (!file_.is_open()) {
    return;  // done before
  }
  check_written(::fdatasync(file_.get()), "sync '" + temporary_ + "'");
  file_.close("write '" + temporary_ + "'");
}

std::string SealedPack::publish(const std::string& folder)
{
  std::string path = pack_path(folder, id_);
  // Over a pack of the same records: right too, and the name is durable only once.
  check_written(::rename(temporary_.c_str(), path.c_str()), "store pack '" + path + "'");
  temporary_.clear();
  return path;
}

PackWriter::PackWriter(std::string temporary, PackClass pack_class)
    : temporary_(std::move(temporary)),
      what_("write '" + temporary_ + "'"),
      file_(posix::open_file(temporary_, O_RDWR | O_CREAT | O_EXCL, 0400))
{
  footer_.pack_class = pack_class;
  buffer_.reserve(k_write);
  write(encode_pack_header(pack_class));
}

PackWriter::~PackWriter()
{
  if (!temporary_.empty()) {
    (void)::unlink(temporary_.c_str());
  }
}

// Asking for the blocks ahead keeps the file in one piece and its writing cheap; not every file
// system can, and a full one says so when it is written to.
void PackWriter::reserve(std::uint64_t end)
{
  if (end <= reserved_) {
    return;
  }
  const std::uint64_t step = std::clamp<std::uint64_t>(written_, k_write * 2, k_reserve);
  const std::uint64_t wanted = std::max(end, written_ + step);
  (void)::fallocate(file_.get(), FALLOC_FL_KEEP_SIZE, static_cast<off_t>(reserved_),
                    static_cast<off_t>(wanted - reserved_));
  reserved_ = wanted;
}

void PackWriter::write_out(ByteView bytes)
{
  if (written_ > 0 || bytes.size() >= k_write) {
    reserve(written_ + bytes.size());
  }
  posix::write_fully(file_.get(), bytes, what_);
  written_ += bytes.size();
  if (written_ - pushed_ >= k_push) {
    (void)::sync_file_range(file_.get(), static_cast<off_t>(pushed_),
                            static_cast<off_t>(written_ - pushed_), SYNC_FILE_RANGE_WRITE);
    pushed_ = written_;
  }
}

void PackWriter::flush()
{
  write_out(buffer_);
  buffer_.clear();
}

void PackWriter::write(ByteView bytes)
{
  if (bytes.size() < k_direct && buffer_.size() + bytes.size() <= k_write) {
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
    return;
  }
  flush();
  for (; bytes.size() >= k_direct; bytes = bytes.subspan(std::min(bytes.size(), k_write))) {
    write_out(bytes.first(std::min(bytes.size(), k_write)));
  }
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

void PackWriter::append(const EncodedBlock& block)
{
  add_block(footer_, block.head, *peek_block(block.head_bytes), size());
  write(block.head_bytes);
  write(block.payload());
}

void PackWriter::append_verbatim(ByteView block)
{
  add_block(footer_, decode_block_head(block), *peek_block(block), size());
  write(block);
}

SealedPack PackWriter::seal()
{
  const Bytes footer = encode_footer(footer_);
  crypto::Sha256 hash;
  hash.update(footer);
  const Trailer trailer{size(), footer.size(), hash.finish()};
  write(footer);
  write(encode_trailer(trailer));
  flush();
  if (reserved_ > written_) {
    check_written(::ftruncate(file_.get(), static_cast<off_t>(written_)), what_);
  }
  return {std::exchange(temporary_, {}), std::move(file_), trailer.footer_digest};
}

}  // namespace mlrepro::storage
