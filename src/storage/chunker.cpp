// SPDX-License-Identifier: Apache-2.0
#include "storage/chunker.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "crypto/sha256.hpp"

namespace mlrepro::storage {
namespace {

// A byte is shifted out of the hash after 64 steps: begun that much before the first place where a
// cut may fall, the hash there does not depend on where the piece began.
constexpr std::size_t k_window = 64;
// The high bits, into which all 64 bytes have been mixed. Two bits more than the mean asks for up
// to the normal size, two fewer from there on: sizes gather around it.
constexpr std::uint64_t k_strict = ~std::uint64_t{0} << (64 - 19);
constexpr std::uint64_t k_loose = ~std::uint64_t{0} << (64 - 15);

using Gear = std::array<std::uint64_t, 256>;

// gear[b]: the first 8 bytes, little-endian, of SHA-256("mlr1 gear" and the byte b).
Gear make_gear()
{
  Gear gear{};
  crypto::Sha256 hash;
  for (std::size_t i = 0; i < gear.size(); ++i) {
    hash.update(std::string("mlr1 gear") + static_cast<char>(i));
    std::memcpy(&gear[i], hash.finish().bytes().data(), sizeof gear[i]);
  }
  return gear;
}

struct Scan {
  std::uint64_t hash = 0;
  const std::byte* at = nullptr;
};

// Up to `end`, or just past the byte after which the hash has no bit of `mask`.
bool scan_to_cut(Scan& scan, const std::byte* end, std::uint64_t mask, const Gear& gear)
{
  std::uint64_t hash = scan.hash;
  const std::uint64_t* const table = gear.data();
  const std::byte* at = scan.at;
  while (at != end) {
    std::uint64_t value = table[std::to_integer<std::size_t>(*at++)];
#if defined(__clang__)
    // Else clang 14 folds the load into the addition and waits for it on the critical path.
    asm("" : "+r"(value));
#endif
    hash = (hash << 1U) + value;
    if ((hash & mask) == 0) {
      scan = {hash, at};
      return true;
    }
  }
  scan = {hash, at};
  return false;
}

}  // namespace

std::size_t cut_piece(ByteView content)
{
  static const Gear gear = make_gear();
  const std::size_t size = std::min(content.size(), k_max_piece);
  if (size <= k_min_piece) {
    return size;
  }
  const std::byte* const start = content.data();
  Scan scan{0, start + k_min_piece};
  for (const std::byte byte : content.subspan(k_min_piece - k_window, k_window)) {
    scan.hash = (scan.hash << 1U) + gear[std::to_integer<std::size_t>(byte)];
  }
  const std::size_t normal = std::min(size, k_normal_piece);
  if (!scan_to_cut(scan, start + normal, k_strict, gear)) {
    (void)scan_to_cut(scan, start + size, k_loose, gear);
  }
  return static_cast<std::size_t>(scan.at - start);
}

}  // namespace mlrepro::storage
