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

template <typename Word>
std::uint64_t word_at(const char* at)
{
  Word word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

struct Words {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
};

// All of up to sixteen bytes: the words overlap where there are fewer.
Words words_of(const char* at, std::size_t size)
{
  if (size >= sizeof(std::uint64_t)) {
    return {word_at<std::uint64_t>(at), word_at<std::uint64_t>(at + size - sizeof(std::uint64_t))};
  }
  if (size >= sizeof(std::uint32_t)) {
    return {word_at<std::uint32_t>(at), word_at<std::uint32_t>(at + size - sizeof(std::uint32_t))};
  }
  if (size > 0) {
    return {word_at<std::uint8_t>(at),
            (word_at<std::uint8_t>(at + size / 2) << 8U) | word_at<std::uint8_t>(at + size - 1)};
  }
  return {};
}

}  // namespace

std::uint64_t text_hash(std::string_view text, std::uint64_t before)
{
  constexpr std::size_t k_word = 8;
  const char* at = text.data();
  std::size_t left = text.size();
  std::uint64_t hash = before ^ k_first;
  while (left > 2 * k_word) {
    hash =
        folded(word_at<std::uint64_t>(at) ^ k_second, word_at<std::uint64_t>(at + k_word) ^ hash);
    at += 2 * k_word;
    left -= 2 * k_word;
  }
  const Words words = words_of(at, left);
  hash = folded(words.low ^ k_second, words.high ^ hash);
  return folded(hash ^ k_first, k_second ^ text.size());
}

}  // namespace mlrepro::analysis
