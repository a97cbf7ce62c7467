// SPDX-License-Identifier: Apache-2.0
#include "storage/key_filter.hpp"

#include <cstring>

namespace mlrepro::storage {
namespace {

constexpr std::size_t k_bits_per_key = 12;
constexpr unsigned k_probes = 6;

// Keys are SHA-256 values, so that their own bytes are as good as hashes of them.
std::uint64_t word_of(const model::Digest& key, std::size_t index)
{
  std::uint64_t word = 0;
  std::memcpy(&word, key.bytes().data() + 8 * index, sizeof word);
  return word;
}

}  // namespace

KeyFilter::KeyFilter(std::size_t keys) : lines_(keys * k_bits_per_key / 512 + 1) {}

void KeyFilter::add(const model::Digest& key)
{
  Line& line = lines_[word_of(key, 1) % lines_.size()];
  std::uint64_t bits = word_of(key, 2);
  for (unsigned i = 0; i < k_probes; ++i, bits >>= 9U) {
    line[bits >> 6U & 7U] |= std::uint64_t{1} << (bits & 63U);
  }
}

bool KeyFilter::may_have(const model::Digest& key) const
{
  const Line& line = lines_[word_of(key, 1) % lines_.size()];
  std::uint64_t bits = word_of(key, 2);
  for (unsigned i = 0; i < k_probes; ++i, bits >>= 9U) {
    if ((line[bits >> 6U & 7U] >> (bits & 63U) & 1U) == 0) {
      return false;
    }
  }
  return true;
}

}  // namespace mlrepro::storage
