// SPDX-License-Identifier: Apache-2.0
#include "storage/entropy.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace mlrepro::storage {
namespace {

constexpr std::size_t k_sample = 4096;
constexpr std::size_t k_samples = 4;
// With fewer bytes, even random ones do not show all 256 values.
constexpr std::size_t k_enough = 4096;

struct Magic {
  std::size_t at;
  std::string_view bytes;
};

using namespace std::string_view_literals;

constexpr std::array k_packed = {
    Magic{0, "PK\x03\x04"sv},
    Magic{0, "\x1f\x8b"sv},          // gzip
    Magic{0, "\x28\xb5\x2f\xfd"sv},  // zstd
    Magic{0, "BZh"sv},
    Magic{0,
          "\xfd"
          "7zXZ\0"sv},
    Magic{0, "7z\xbc\xaf\x27\x1c"sv},
    Magic{0, "Rar!\x1a\x07"sv},
    Magic{0, "\x04\x22\x4d\x18"sv},  // lz4
    Magic{0, "\x89PNG\r\n\x1a\n"sv},
    Magic{0, "\xff\xd8\xff"sv},  // jpeg
    Magic{0, "GIF8"sv},
    Magic{8, "WEBP"sv},
    Magic{4, "ftyp"sv},              // mp4, heic, avif
    Magic{0, "\x1a\x45\xdf\xa3"sv},  // matroska, webm
    Magic{0, "OggS"sv},
    Magic{0, "fLaC"sv},
    Magic{0, "ID3"sv},
};

double log2_term(std::uint32_t count, double total)
{
  const double share = count / total;
  return -share * std::log2(share);
}

}  // namespace

double sampled_entropy(ByteView content)
{
  if (content.size() < k_enough) {
    return 0;
  }
  std::array<std::uint32_t, 256> counts{};
  std::size_t total = 0;
  const std::size_t step = (content.size() - k_sample) / (k_samples - 1);
  for (std::size_t i = 0; i < k_samples; ++i) {
    for (const std::byte byte : content.subspan(i * step, k_sample)) {
      ++counts[std::to_integer<std::size_t>(byte)];
    }
    total += k_sample;
    if (step == 0) {
      break;
    }
  }
  double bits = 0;
  for (const std::uint32_t count : counts) {
    if (count != 0) {
      bits += log2_term(count, static_cast<double>(total));
    }
  }
  return bits;
}

bool is_packed_format(ByteView start)
{
  return std::any_of(k_packed.begin(), k_packed.end(), [&](const Magic& magic) {
    return start.size() >= magic.at + magic.bytes.size() &&
           std::memcmp(start.data() + magic.at, magic.bytes.data(), magic.bytes.size()) == 0;
  });
}

bool is_packed_in_parts(ByteView start)
{
  constexpr std::string_view k_parquet = "PAR1";
  return start.size() >= k_parquet.size() &&
         std::memcmp(start.data(), k_parquet.data(), k_parquet.size()) == 0;
}

}  // namespace mlrepro::storage
