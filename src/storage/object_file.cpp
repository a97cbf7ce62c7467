// SPDX-License-Identifier: Apache-2.0
#include "storage/object_file.hpp"

#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "crypto/sha256.hpp"
#include "mlrepro/format/tree_node.hpp"
#include "mlrepro/model/error.hpp"
#include "posix/system_error.hpp"

namespace mlrepro::storage {
namespace {

constexpr std::array<char, 8> k_magic = {'M', 'L', 'R', 'O', 'B', 'J', '1', '\n'};
constexpr std::size_t k_block = std::size_t{256} * 1024;
constexpr int k_zstd_level = 1;

[[noreturn]] void damaged(const std::string& object, const std::string& why)
{
  throw model::Error(model::ErrorKind::corrupt, "object '" + object + "': " + why,
                     "run 'mlrepro verify' to see which runs and snapshots it touches");
}

void check_zstd(std::size_t result, const std::string& what)
{
  if (ZSTD_isError(result) != 0) {
    throw model::Error(model::ErrorKind::external, what + ": " + ZSTD_getErrorName(result));
  }
}

crypto::Sha256 begin_hash(ports::ObjectKind kind)
{
  crypto::Sha256 hash;
  if (kind == ports::ObjectKind::tree) {
    hash.update(format::k_tree_prefix);
  }
  return hash;
}

std::size_t fill(ports::ByteSource& source, std::span<std::byte> buffer)
{
  std::size_t size = 0;
  while (size < buffer.size()) {
    const std::size_t got = source.read(buffer.subspan(size));
    if (got == 0) {
      break;
    }
    size += got;
  }
  return size;
}

struct FreeCompressor {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};
struct FreeDecompressor {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// Below 3 % the reader's work is not worth the space.
bool is_worth_compressing(std::span<const std::byte> sample)
{
  std::vector<std::byte> packed(ZSTD_compressBound(sample.size()));
  const std::size_t size =
      ZSTD_compress(packed.data(), packed.size(), sample.data(), sample.size(), k_zstd_level);
  check_zstd(size, "compress");
  return size + sample.size() / 32 < sample.size();
}

class PayloadWriter {
 public:
  PayloadWriter(int fd, std::string path, Codec codec) : fd_(fd), what_("write '" + path + "'")
  {
    if (codec == Codec::zstd) {
      context_.reset(ZSTD_createCCtx());
      check_zstd(ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, k_zstd_level),
                 what_);
      packed_.resize(ZSTD_CStreamOutSize());
    }
  }

  void write(std::span<const std::byte> bytes, bool last)
  {
    if (!context_) {
      posix::write_fully(fd_, bytes, what_);
      stored_ += bytes.size();
      return;
    }
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    const ZSTD_EndDirective mode = last ? ZSTD_e_end : ZSTD_e_continue;
    std::size_t left = 0;
    do {
      ZSTD_outBuffer out{packed_.data(), packed_.size(), 0};
      left = ZSTD_compressStream2(context_.get(), &out, &in, mode);
      check_zstd(left, what_);
      posix::write_fully(fd_, std::span(packed_).first(out.pos), what_);
      stored_ += out.pos;
    } while (last ? left != 0 : in.pos < in.size);
  }

  [[nodiscard]] std::uint64_t stored() const { return stored_; }

 private:
  int fd_;
  std::string what_;
  std::unique_ptr<ZSTD_CCtx, FreeCompressor> context_;
  std::vector<std::byte> packed_;
  std::uint64_t stored_ = 0;
};

class ObjectReader final : public ports::ByteSource {
 public:
  ObjectReader(posix::FileDescriptor file, std::string path, const ObjectHeader& header,
               const model::Digest& digest)
      : file_(std::move(file)),
        path_(std::move(path)),
        header_(header),
        digest_(digest),
        hash_(begin_hash(header.kind))
  {
    if (header_.codec == Codec::zstd) {
      context_.reset(ZSTD_createDCtx());
      packed_.resize(ZSTD_DStreamInSize());
    }
  }

  std::size_t read(std::span<std::byte> buffer) override
  {
    if (finished_ || buffer.empty()) {
      return 0;
    }
    const std::size_t size = context_ ? read_packed(buffer) : read_raw(buffer);
    hash_.update(std::span<const std::byte>(buffer.first(size)));
    done_ += size;
    if (done_ > header_.raw_size) {
      damaged(digest_.hex(), "longer than its header says");
    }
    // The last piece is only handed out once the whole is known to be right.
    if (done_ == header_.raw_size || size == 0) {
      finish();
    }
    return size;
  }

 private:
  std::size_t read_raw(std::span<std::byte> buffer)
  {
    return posix::read_fully(file_.get(), buffer, "read object '" + digest_.hex() + "'");
  }

  std::size_t read_packed(std::span<std::byte> buffer)
  {
    ZSTD_outBuffer out{buffer.data(), buffer.size(), 0};
    while (out.pos == 0) {
      if (in_.pos == in_.size) {
        const std::size_t got =
            posix::read_fully(file_.get(), packed_, "read object '" + digest_.hex() + "'");
        in_ = {packed_.data(), got, 0};
        if (got == 0) {
          break;
        }
      }
      if (ZSTD_isError(ZSTD_decompressStream(context_.get(), &out, &in_)) != 0) {
        damaged(digest_.hex(), "does not decompress");
      }
    }
    return out.pos;
  }

  void finish()
  {
    finished_ = true;
    std::byte extra{};
    const bool trailing = header_.codec == Codec::raw &&
                          posix::read_fully(file_.get(), {&extra, 1}, "read object") != 0;
    if (done_ != header_.raw_size || trailing || hash_.finish() != digest_) {
      damaged(digest_.hex(), "its content does not match its name");
    }
  }

  posix::FileDescriptor file_;
  std::string path_;
  ObjectHeader header_;
  model::Digest digest_;
  crypto::Sha256 hash_;
  std::unique_ptr<ZSTD_DCtx, FreeDecompressor> context_;
  std::vector<std::byte> packed_;
  ZSTD_inBuffer in_{nullptr, 0, 0};
  std::uint64_t done_ = 0;
  bool finished_ = false;
};

}  // namespace

HeaderBytes encode_header(const ObjectHeader& header)
{
  HeaderBytes bytes{};
  std::memcpy(bytes.data(), k_magic.data(), k_magic.size());
  bytes[8] = static_cast<std::byte>(header.kind == ports::ObjectKind::tree ? 1 : 0);
  bytes[9] = static_cast<std::byte>(header.codec);
  for (unsigned i = 0; i < 8; ++i) {
    bytes[16 + i] = static_cast<std::byte>(header.raw_size >> (8 * i));
  }
  return bytes;
}

ObjectHeader decode_header(const HeaderBytes& bytes, const std::string& object)
{
  if (std::memcmp(bytes.data(), k_magic.data(), k_magic.size()) != 0) {
    damaged(object, "not an object file");
  }
  const auto kind = std::to_integer<unsigned>(bytes[8]);
  const auto codec = std::to_integer<unsigned>(bytes[9]);
  bool padded = true;
  for (std::size_t i = 10; i < 16; ++i) {
    padded = padded && bytes[i] == std::byte{0};
  }
  if (kind > 1 || codec > 1 || !padded) {
    damaged(object, "unknown kind or codec");
  }
  ObjectHeader header;
  header.kind = kind == 1 ? ports::ObjectKind::tree : ports::ObjectKind::blob;
  header.codec = static_cast<Codec>(codec);
  for (unsigned i = 0; i < 8; ++i) {
    header.raw_size |= std::to_integer<std::uint64_t>(bytes[16 + i]) << (8 * i);
  }
  return header;
}

WrittenObject write_object(int fd, const std::string& path, ports::ObjectKind kind,
                           ports::ByteSource& source)
{
  std::vector<std::byte> block(k_block);
  std::vector<std::byte> next(k_block);
  std::size_t size = fill(source, block);
  const std::size_t sample = std::min<std::size_t>(size, std::size_t{64} * 1024);
  ObjectHeader header{kind, Codec::raw, 0};
  if (is_worth_compressing(std::span(block).first(sample))) {
    header.codec = Codec::zstd;
  }
  posix::write_fully(fd, encode_header(header), "write '" + path + "'");
  PayloadWriter writer(fd, path, header.codec);
  crypto::Sha256 hash = begin_hash(kind);
  while (true) {
    const std::size_t following = size == k_block ? fill(source, next) : 0;
    hash.update(std::span<const std::byte>(block).first(size));
    writer.write(std::span<const std::byte>(block).first(size), following == 0);
    header.raw_size += size;
    if (following == 0) {
      break;
    }
    block.swap(next);
    size = following;
  }
  const HeaderBytes bytes = encode_header(header);
  if (::pwrite(fd, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    posix::throw_errno("write '" + path + "'");
  }
  return {hash.finish(), header.raw_size, writer.stored() + k_header_size};
}

std::unique_ptr<ports::ByteSource> read_object(posix::FileDescriptor file, const std::string& path,
                                               ports::ObjectKind kind, const model::Digest& digest)
{
  HeaderBytes bytes{};
  if (posix::read_fully(file.get(), bytes, "read '" + path + "'") != bytes.size()) {
    damaged(digest.hex(), "shorter than a header");
  }
  const ObjectHeader header = decode_header(bytes, digest.hex());
  if (header.kind != kind) {
    damaged(digest.hex(), kind == ports::ObjectKind::tree
                              ? "a file's content where a folder is expected"
                              : "a folder where a file's content is expected");
  }
  return std::make_unique<ObjectReader>(std::move(file), path, header, digest);
}

}  // namespace mlrepro::storage
