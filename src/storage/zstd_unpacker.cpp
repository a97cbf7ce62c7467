// SPDX-License-Identifier: Apache-2.0
#include "storage/zstd_unpacker.hpp"

#include <zstd.h>

#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "mlrepro/model/error.hpp"

namespace mlrepro::storage {
namespace {

struct FreeStream {
  void operator()(ZSTD_DCtx* stream) const { ZSTD_freeDCtx(stream); }
};

[[noreturn]] void refuse_frame(const std::string& why)
{
  throw model::Error(model::ErrorKind::corrupt, why);
}

class ZstdSource final : public ports::ByteSource {
 public:
  explicit ZstdSource(ports::ByteSource& packed)
      : packed_(packed), stream_(ZSTD_createDCtx()), buffer_(ZSTD_DStreamInSize())
  {
    if (stream_ == nullptr) {
      throw std::bad_alloc();
    }
  }

  std::size_t read(std::span<std::byte> buffer) override
  {
    ZSTD_outBuffer out{buffer.data(), buffer.size(), 0};
    while (out.pos == 0 && out.size > 0 && has_input()) {
      ZSTD_inBuffer in{buffer_.data(), filled_, at_};
      const std::size_t left = ZSTD_decompressStream(stream_.get(), &out, &in);
      if (ZSTD_isError(left) != 0) {
        refuse_frame(ZSTD_getErrorName(left));
      }
      at_ = in.pos;
      within_ = left != 0;
      held_back_ = within_ && out.pos == out.size;
    }
    return out.pos;
  }

 private:
  // False at the end. Also true where zstd has something that had no room yet.
  bool has_input()
  {
    if (at_ == filled_) {
      filled_ = packed_.read(buffer_);
      at_ = 0;
    }
    if (filled_ > 0 || std::exchange(held_back_, false)) {
      return true;
    }
    if (within_) {
      refuse_frame("it ends early");
    }
    return false;
  }

  ports::ByteSource& packed_;
  std::unique_ptr<ZSTD_DCtx, FreeStream> stream_;
  std::vector<std::byte> buffer_;
  std::size_t filled_ = 0;
  std::size_t at_ = 0;
  bool within_ = false;     // a frame
  bool held_back_ = false;  // perhaps: what was handed out last filled its buffer
};

}  // namespace

std::unique_ptr<ports::ByteSource> ZstdUnpacker::unpack_zstd(ports::ByteSource& packed) const
{
  return std::make_unique<ZstdSource>(packed);
}

}  // namespace mlrepro::storage
