// SPDX-License-Identifier: Apache-2.0
#include "analysis/text_hash.hpp"

#include <cstring>
#include <random>

namespace mlrepro::analysis {
namespace {

// Of this process: nobody can look for texts beforehand whose hashes are the same.
struct HashSecret {
  std::uint64_t first = random_word();
  std::uint64_t second = random_word();

  static std::uint64_t random_word()
  {
    std::random_device device;
    return (std::uint64_t{device()} << 32U) | device();
  }
};

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
  static const HashSecret secret;
  const char* at = text.data();
  std::size_t left = text.size();
  std::uint64_t hash = before ^ secret.first;
  while (left > 2 * k_word) {
    hash = folded(word_at<std::uint64_t>(at) ^ secret.second,
                  word_at<std::uint64_t>(at + k_word) ^ hash);
    at += 2 * k_word;
    left -= 2 * k_word;
  }
  const Words words = words_of(at, left);
  hash = folded(words.low ^ secret.second, words.high ^ hash);
  return folded(hash ^ secret.first, secret.second ^ text.size());
}

std::uint64_t cells_hash(const std::vector<std::string_view>& cells,
                         const std::vector<std::size_t>& places, std::uint64_t before)
{
  std::uint64_t hash = before;
  for (const std::size_t place : places) {
    hash = text_hash(cells[place], hash);
  }
  return hash;
}

RowHashes row_hashes(const std::vector<std::string_view>& cells,
                     const std::vector<std::size_t>& key, const std::vector<std::size_t>& compared)
{
  const std::uint64_t of_key = cells_hash(cells, key, 0);
  const std::uint64_t row = cells_hash(cells, compared, of_key);
  return {key.empty() ? row : of_key, row};
}

}  // namespace mlrepro::analysis
