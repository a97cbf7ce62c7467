// SPDX-License-Identifier: Apache-2.0
#include "storage/codec.hpp"

#include <zstd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <memory>

#include "mlrepro/model/error.hpp"
#include "storage/entropy.hpp"

namespace mlrepro::storage {
namespace {

constexpr int k_plain_level = 1;
constexpr int k_delta_level = 3;
// Bits a byte, of order 0: below, plain zstd it is; from here up to k_random_bits, a sample
// decides.
constexpr double k_doubtful = 7.3;
constexpr std::size_t k_trial = std::size_t{16} * 1024;

struct FreeCompressor {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};
struct FreeDecompressor {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

std::size_t check(std::size_t result, const char* what)
{
  if (ZSTD_isError(result) != 0) {
    throw model::Error(model::ErrorKind::external,
                       std::string("zstd: ") + what + ": " + ZSTD_getErrorName(result));
  }
  return result;
}

// One context a thread and use: making one costs more than compressing a small block.
ZSTD_CCtx* plain_compressor()
{
  static thread_local const std::unique_ptr<ZSTD_CCtx, FreeCompressor> context(ZSTD_createCCtx());
  return context.get();
}

ZSTD_CCtx* delta_compressor()
{
  static thread_local const std::unique_ptr<ZSTD_CCtx, FreeCompressor> context(ZSTD_createCCtx());
  return context.get();
}

ZSTD_DCtx* decompressor()
{
  static thread_local const std::unique_ptr<ZSTD_DCtx, FreeDecompressor> context(ZSTD_createDCtx());
  return context.get();
}

Bytes compress(ByteView content, int level = k_plain_level)
{
  Bytes packed(ZSTD_compressBound(content.size()));
  packed.resize(check(ZSTD_compressCCtx(plain_compressor(), packed.data(), packed.size(),
                                        content.data(), content.size(), level),
                      "compress"));
  return packed;
}

// Byte i of each group of `width` bytes together; what is left over comes last, as it is.
Bytes group(ByteView content, std::size_t width)
{
  Bytes grouped(content.size());
  const std::size_t groups = content.size() / width;
  for (std::size_t lane = 0; lane < width; ++lane) {
    std::byte* out = grouped.data() + lane * groups;
    for (std::size_t i = 0; i < groups; ++i) {
      out[i] = content[i * width + lane];
    }
  }
  std::copy(content.begin() + static_cast<std::ptrdiff_t>(groups * width), content.end(),
            grouped.begin() + static_cast<std::ptrdiff_t>(groups * width));
  return grouped;
}

void ungroup(ByteView grouped, std::size_t width, std::span<std::byte> content)
{
  const std::size_t groups = content.size() / width;
  for (std::size_t lane = 0; lane < width; ++lane) {
    const std::byte* in = grouped.data() + lane * groups;
    for (std::size_t i = 0; i < groups; ++i) {
      content[i * width + lane] = in[i];
    }
  }
  std::copy(grouped.begin() + static_cast<std::ptrdiff_t>(groups * width), grouped.end(),
            content.begin() + static_cast<std::ptrdiff_t>(groups * width));
}

std::size_t width_of(Codec codec)
{
  return codec == Codec::zstd_grouped2 ? 2 : 4;
}

bool saves_enough(std::size_t packed, std::size_t raw)
{
  return packed + raw / 32 < raw;
}

// For content that looks almost random: floating-point numbers do, whose exponents repeat.
Codec choose_codec(ByteView content)
{
  const double bits = sampled_entropy(content);
  if (bits >= k_random_bits) {
    return Codec::raw;
  }
  if (bits < k_doubtful) {
    return Codec::zstd;
  }
  const ByteView sample =
      content.subspan((content.size() - std::min(content.size(), k_trial)) / 2 / 4 * 4,
                      std::min(content.size(), k_trial));
  std::size_t best = sample.size() - sample.size() / 32;
  Codec codec = Codec::raw;
  const auto try_one = [&](Codec candidate, const Bytes& packed) {
    if (packed.size() < best) {
      best = packed.size();
      codec = candidate;
    }
  };
  try_one(Codec::zstd, compress(sample));
  try_one(Codec::zstd_grouped4, compress(group(sample, 4)));
  try_one(Codec::zstd_grouped2, compress(group(sample, 2)));
  return codec;
}

Bytes compress_with_prefix(ByteView content, ByteView prefix)
{
  ZSTD_CCtx* context = delta_compressor();
  check(ZSTD_CCtx_reset(context, ZSTD_reset_session_and_parameters), "reset");
  const auto window = static_cast<int>(std::bit_width(content.size() + prefix.size()));
  check(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, k_delta_level), "set level");
  check(ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, std::clamp(window, 10, 30)),
        "set window");
  check(ZSTD_CCtx_setParameter(context, ZSTD_c_hashLog, std::clamp(window, 10, 17)), "set hash");
  check(ZSTD_CCtx_setParameter(context, ZSTD_c_chainLog, std::clamp(window, 10, 17)), "set chain");
  check(ZSTD_CCtx_refPrefix(context, prefix.data(), prefix.size()), "set prefix");
  Bytes packed(ZSTD_compressBound(content.size()));
  packed.resize(
      check(ZSTD_compress2(context, packed.data(), packed.size(), content.data(), content.size()),
            "compress"));
  return packed;
}

void decompress(ByteView payload, ByteView prefix, std::span<std::byte> content)
{
  ZSTD_DCtx* context = decompressor();
  check(ZSTD_DCtx_reset(context, ZSTD_reset_session_and_parameters), "reset");
  check(ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, 30), "set window");
  if (!prefix.empty()) {
    check(ZSTD_DCtx_refPrefix(context, prefix.data(), prefix.size()), "set prefix");
  }
  const std::size_t size =
      ZSTD_decompressDCtx(context, content.data(), content.size(), payload.data(), payload.size());
  if (ZSTD_isError(size) != 0 || size != content.size()) {
    throw_corrupt("a block does not decompress");
  }
}

// A compressor with a bug must not cost the content: what it made is read back. For deltas, which
// are few, always; else where a debug build has the time.
bool comes_back(Codec codec, ByteView payload, ByteView prefix, ByteView content)
{
  Bytes again(content.size());
  try {
    decode(codec, payload, prefix, again);
  } catch (const model::Error&) {
    return false;
  }
  return std::equal(again.begin(), again.end(), content.begin());
}

bool is_checked_plain()
{
#ifdef NDEBUG
  return false;
#else
  return true;
#endif
}

}  // namespace

bool is_compressible(ByteView content)
{
  return sampled_entropy(content) < k_doubtful;
}

Encoded encode_plain(ByteView content)
{
  Encoded encoded;
  encoded.codec = choose_codec(content);
  if (encoded.codec == Codec::raw) {
    return encoded;
  }
  encoded.bytes = encoded.codec == Codec::zstd ? compress(content)
                                               : compress(group(content, width_of(encoded.codec)));
  const bool keep = saves_enough(encoded.bytes.size(), content.size()) &&
                    (!is_checked_plain() || comes_back(encoded.codec, encoded.bytes, {}, content));
  return keep ? std::move(encoded) : Encoded{};
}

std::optional<Bytes> encode_at_level(Codec codec, ByteView content, int level)
{
  Bytes packed = codec == Codec::zstd ? compress(content, level)
                                      : compress(group(content, width_of(codec)), level);
  if (!comes_back(codec, packed, {}, content)) {
    return std::nullopt;
  }
  return packed;
}

std::optional<Bytes> encode_delta(ByteView content, ByteView prefix)
{
  if (content.empty() || prefix.empty()) {
    return std::nullopt;
  }
  Bytes packed = compress_with_prefix(content, prefix);
  // An eighth is better than plain compression makes of most content: no need to try it.
  if (packed.size() > content.size() / 8) {
    const Encoded plain = encode_plain(content);
    const std::size_t size = plain.codec == Codec::raw ? content.size() : plain.bytes.size();
    if (packed.size() > size / 2) {
      return std::nullopt;
    }
  }
  if (!comes_back(Codec::zstd_prefix, packed, prefix, content)) {
    return std::nullopt;
  }
  return packed;
}

void decode(Codec codec, ByteView payload, ByteView prefix, std::span<std::byte> content)
{
  switch (codec) {
    case Codec::raw:
      if (payload.size() != content.size()) {
        throw_corrupt("a block is not as long as it says");
      }
      std::copy(payload.begin(), payload.end(), content.begin());
      return;
    case Codec::zstd:
      decompress(payload, {}, content);
      return;
    case Codec::zstd_prefix:
      decompress(payload, prefix, content);
      return;
    case Codec::zstd_grouped2:
    case Codec::zstd_grouped4: {
      Bytes grouped(content.size());
      decompress(payload, {}, grouped);
      ungroup(grouped, width_of(codec), content);
      return;
    }
  }
  throw_corrupt("a block has an unknown codec");
}

}  // namespace mlrepro::storage
