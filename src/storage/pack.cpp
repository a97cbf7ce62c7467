// SPDX-License-Identifier: Apache-2.0
#include "storage/pack.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>

#include "crypto/sha256.hpp"
#include "mlrepro/model/error.hpp"
#include "posix/system_error.hpp"

namespace mlrepro::storage {
namespace {

// Of a process's open files, 1024 by default: beyond this many, a pack is opened for each read.
constexpr int k_kept_open = 256;
std::atomic<int> g_kept_open{0};
std::atomic<std::uint64_t> g_serial{0};

std::optional<Trailer> load_trailer(int fd, std::uint64_t size, const std::string& path)
{
  if (size < k_pack_header_size + k_trailer_size) {
    return std::nullopt;
  }
  std::array<std::byte, k_trailer_size> bytes{};
  if (posix::read_at(fd, size - k_trailer_size, bytes, path) != bytes.size()) {
    return std::nullopt;
  }
  return fitting_trailer(bytes, size);
}

}  // namespace

std::shared_ptr<const Pack> Pack::open(const std::string& path)
{
  const posix::FileDescriptor file = posix::open_file(path, O_RDONLY);
  return std::make_shared<const Pack>(path, file);
}

Pack::Pack(std::string path, const posix::FileDescriptor& file)
    : path_(std::move(path)), serial_(++g_serial)
{
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) {
    posix::throw_errno("stat '" + path_ + "'");
  }
  bytes_ = static_cast<std::uint64_t>(status.st_size);
  inode_ = status.st_ino;
  modified_ns_ = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
  try {
    read_footer(file.get());
  } catch (const model::Error& error) {
    if (error.kind() != model::ErrorKind::corrupt) {
      throw;
    }
    damaged_ = true;
    mapped_ = posix::MappedFile();
    const posix::MappedFile whole(file.get(), 0, bytes_, "read '" + path_ + "'");
    own_footer_ = rebuild_footer(whole.bytes());
    footer_ = FooterView(own_footer_);
  }
}

Pack::Pack(std::string path, std::unique_ptr<const PackBytes> bytes, Bytes footer)
    : path_(std::move(path)),
      bytes_(bytes->size()),
      serial_(++g_serial),
      own_footer_(std::move(footer)),
      footer_(own_footer_),
      elsewhere_(std::move(bytes))
{
}

Pack::~Pack()
{
  if (file_.is_open()) {
    --g_kept_open;
  }
}

bool Pack::is_current() const
{
  if (elsewhere_) {
    return true;
  }
  struct stat status {};
  return ::stat(path_.c_str(), &status) == 0 && status.st_ino == inode_ &&
         static_cast<std::uint64_t>(status.st_size) == bytes_;
}

void Pack::read_footer(int fd)
{
  const auto trailer = load_trailer(fd, bytes_, path_);
  if (!trailer) {
    throw_corrupt("pack '" + path_ + "': no trailer");
  }
  mapped_ =
      posix::MappedFile(fd, trailer->footer_offset, trailer->footer_length, "read '" + path_ + "'");
  crypto::Sha256 hash;
  hash.update(mapped_.bytes());
  if (hash.finish() != trailer->footer_digest) {
    throw_corrupt("pack '" + path_ + "': its footer is damaged");
  }
  footer_ = FooterView(mapped_.bytes());
}

int Pack::shared_descriptor() const
{
  const std::lock_guard guard(opening_);
  if (!file_.is_open() && g_kept_open.load() < k_kept_open) {
    file_ = posix::open_file(path_, O_RDONLY);
    ++g_kept_open;
  }
  return file_.get();
}

Bytes Pack::read_block(std::uint32_t index) const
{
  return read_block(index, footer_.block(index).length);
}

BlockStart Pack::read_block_start(std::uint32_t index) const
{
  const auto start = peek_block(read_block(index, k_block_fixed_size));
  if (!start) {
    throw_corrupt("pack '" + path_ + "': the head of a block is damaged");
  }
  return *start;
}

Bytes Pack::read_block(std::uint32_t index, std::size_t limit) const
{
  const BlockEntry block = footer_.block(index);
  if (block.offset > bytes_ || block.length > bytes_ - block.offset) {
    throw_corrupt("pack '" + path_ + "': a block lies past its end");
  }
  Bytes bytes(std::min<std::size_t>(block.length, limit));
  if (read_bytes(block.offset, bytes) != bytes.size()) {
    throw_corrupt("pack '" + path_ + "': it was cut short");
  }
  return bytes;
}

std::size_t Pack::read_bytes(std::uint64_t offset, std::span<std::byte> buffer) const
{
  if (elsewhere_) {
    return elsewhere_->read(offset, buffer);
  }
  posix::FileDescriptor own;
  int fd = shared_descriptor();
  if (fd < 0) {
    own = posix::open_file(path_, O_RDONLY);
    fd = own.get();
  }
  return posix::read_at(fd, offset, buffer, path_);
}

std::uint64_t Pack::stored_bytes(const RecordEntry& record) const
{
  const BlockEntry block = footer_.block(record.block);
  if (block.raw_length == 0) {
    return block.length;
  }
  return std::max<std::uint64_t>(1, std::uint64_t{block.length} * record.length / block.raw_length);
}

std::optional<Trailer> fitting_trailer(ByteView last, std::uint64_t size)
{
  if (last.size() < k_trailer_size || size < k_pack_header_size + k_trailer_size) {
    return std::nullopt;
  }
  const auto trailer = decode_trailer(last.last(k_trailer_size));
  const std::uint64_t room = size - k_trailer_size;
  const bool fits = trailer && trailer->footer_offset >= k_pack_header_size &&
                    trailer->footer_offset <= room &&
                    trailer->footer_length == room - trailer->footer_offset;
  return fits ? trailer : std::nullopt;
}

Bytes rebuild_footer(ByteView pack)
{
  Footer footer;
  std::uint64_t at = k_pack_header_size;
  bool trees = false;
  while (at + k_block_fixed_size <= pack.size()) {
    const auto sizes = peek_block(pack.subspan(at));
    if (sizes && sizes->head <= pack.size() - at &&
        sizes->stored <= pack.size() - at - sizes->head) {
      try {
        const BlockHead head = decode_block_head(pack.subspan(at));
        add_block(footer, head, *sizes, at);
        trees = trees || (!head.records.empty() && head.records.front().kind == RecordKind::tree);
        at += sizes->head + sizes->stored;
        continue;
      } catch (const model::Error&) {
        // Not a sound head after all: look for the next one.
      }
    }
    const std::array<std::byte, 4> magic = {std::byte{'M'}, std::byte{'B'}, std::byte{'L'},
                                            std::byte{'K'}};
    const auto next = std::search(pack.begin() + static_cast<std::ptrdiff_t>(at + 1), pack.end(),
                                  magic.begin(), magic.end());
    at = static_cast<std::uint64_t>(next - pack.begin());
  }
  const auto named = decode_pack_header(pack);
  footer.pack_class = named.value_or(trees ? PackClass::tree : PackClass::data);
  return encode_footer(footer);
}

}  // namespace mlrepro::storage
