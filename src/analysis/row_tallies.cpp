// SPDX-License-Identifier: Apache-2.0
#include "analysis/row_tallies.hpp"

#include <utility>

namespace mlrepro::analysis {
namespace {

std::size_t slots_for(std::size_t count)
{
  std::size_t slots = 16;
  while (slots < 2 * count) {
    slots *= 2;
  }
  return slots;
}

std::size_t mixed(std::uint64_t number)
{
  return static_cast<std::size_t>((number * 0x9e3779b97f4a7c15U) >> 20U);
}

}  // namespace

NumberSet::NumberSet(const std::vector<std::uint64_t>& numbers) : slots_(slots_for(numbers.size()))
{
  const std::size_t mask = slots_.size() - 1;
  for (const std::uint64_t number : numbers) {
    std::size_t at = mixed(number) & mask;
    while (slots_[at] != 0) {
      at = (at + 1) & mask;
    }
    slots_[at] = number + 1;
  }
}

bool NumberSet::contains(std::uint64_t number) const
{
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = mixed(number) & mask; slots_[at] != 0; at = (at + 1) & mask) {
    if (slots_[at] == number + 1) {
      return true;
    }
  }
  return false;
}

// While a table doubles there are the old one and the new one.
std::uint64_t Tallies::bytes_for(std::uint64_t keys)
{
  return slots_for(static_cast<std::size_t>(keys)) * sizeof(Tally) * 3 / 2;
}

bool Tallies::add(std::uint32_t key, std::uint64_t row, bool in_a)
{
  Tally* tally = &find(key, row);
  if (tally->count() == 0) {
    if (2 * ++used_ > slots_.size()) {
      if (!grow()) {
        return false;
      }
      tally = &find(key, row);
    }
    tally->key = key;
  }
  tally->rows = keyed_ ? tally->rows ^ row : row;
  ++(in_a ? tally->in_a : tally->in_b);
  return true;
}

// Its own, or the free one that is to be.
Tallies::Tally& Tallies::find(std::uint32_t key, std::uint64_t row)
{
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = mixed(keyed_ ? key : row) & mask;
  while (slots_[slot].count() > 0 &&
         (slots_[slot].key != key || (!keyed_ && slots_[slot].rows != row))) {
    slot = (slot + 1) & mask;
  }
  return slots_[slot];
}

bool Tallies::grow()
{
  const std::size_t slots = 2 * slots_.size();
  if ((slots + slots_.size()) * sizeof(Tally) > most_bytes_) {
    return false;
  }
  const std::vector<Tally> old = std::exchange(slots_, std::vector<Tally>(slots));
  for (const Tally& tally : old) {
    if (tally.count() > 0) {
      find(tally.key, tally.rows) = tally;
    }
  }
  return true;
}

}  // namespace mlrepro::analysis
