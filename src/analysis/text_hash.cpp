// SPDX-License-Identifier: Apache-2.0
#include "analysis/text_hash.hpp"

#include <cstddef>
#include <cstring>

namespace mlrepro::analysis {
namespace {

// Odd, with as many ones as zeros, and without a pattern (digits of pi).
constexpr std::uint64_t k_first = 0x243f6a8885a308d3;
constexpr std::uint64_t k_second = 0x13198a2e03707345;

// Both halves of the product, so that every bit of both factors counts.
std::uint64_t folded(std::uint64_t a, std::uint64_t b)
{
  __extension__ using Wide = unsigned __int128;
  const Wide product = Wide(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

std::uint64_t bytes_at(const char* at, std::size_t count)
{
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, at, count);
  return bytes;
}

}  // namespace

std::uint64_t text_hash(std::string_view text, std::uint64_t before)
{
  constexpr std::size_t k_word = 8;
  const char* at = text.data();
  std::size_t left = text.size();
  std::uint64_t hash = before ^ k_first;
  while (left > 2 * k_word) {
    hash = folded(bytes_at(at, k_word) ^ k_second, bytes_at(at + k_word, k_word) ^ hash);
    at += 2 * k_word;
    left -= 2 * k_word;
  }
  const std::uint64_t low = bytes_at(at, left < k_word ? left : k_word);
  const std::uint64_t high = left > k_word ? bytes_at(at + k_word, left - k_word) : 0;
  hash = folded(low ^ k_second, high ^ hash);
  return folded(hash ^ k_first, k_second ^ text.size());
}

}  // namespace mlrepro::analysis
