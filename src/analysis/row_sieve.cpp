// SPDX-License-Identifier: Apache-2.0
#include "analysis/row_sieve.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

#include "analysis/text_hash.hpp"
#include "versioning/work_pool.hpp"

namespace mlrepro::analysis {
namespace {

// Keys are put on so many piles, each of which is settled by itself.
constexpr unsigned k_pile_bits = 10;
constexpr std::size_t k_piles = std::size_t{1} << k_pile_bits;
constexpr unsigned k_mark_bits = 32;
constexpr std::size_t k_most_passes = 16;
// Of all rows, one in so many may be left over.
constexpr std::uint64_t k_least_share = 4;

// Of the hash of a key, what a pile and the mark on it know.
std::uint64_t known_of(std::uint64_t hash)
{
  return hash >> (64 - k_pile_bits - k_mark_bits);
}

struct RowHashes {
  std::uint64_t key = 0;
  std::uint64_t row = 0;
};

std::uint64_t hash_of(const std::vector<std::string_view>& cells,
                      const std::vector<std::size_t>& places)
{
  std::uint64_t hash = 0;
  for (const std::size_t place : places) {
    hash = text_hash(cells[place], hash);
  }
  return hash;
}

RowHashes hashes_of(const std::vector<std::string_view>& cells, const SievedSide& side)
{
  const std::uint64_t row = hash_of(cells, side.compared);
  return {side.key.empty() ? row : hash_of(cells, side.key), row};
}

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

struct Tally {
  std::uint32_t key = 0;
  std::uint32_t in_a = 0;
  std::uint32_t in_b = 0;
  std::uint64_t rows = 0;  // hashes of all, one over the other: none is left of a pair
};

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

// Twelve bytes, since there is one for each row.
struct RowSieve::Mark {
  std::uint32_t key;
  std::uint32_t row_low;
  std::uint32_t row_high;

  [[nodiscard]] std::uint64_t row() const { return (std::uint64_t{row_high} << 32U) | row_low; }
};

// What one worker found, in parts of one size: a vector that grows would take twice its size.
struct RowSieve::Piles {
  static constexpr std::size_t k_part = 512;
  struct Pile {
    std::vector<std::unique_ptr<std::array<Mark, k_part>>> parts;
    std::size_t size = 0;
  };
  std::vector<Pile> piles = std::vector<Pile>(k_piles);
  std::uint64_t null_keys = 0;

  void add(std::uint64_t known, std::uint64_t row)
  {
    Pile& pile = piles[static_cast<std::size_t>(known >> k_mark_bits)];
    const std::size_t within = pile.size % k_part;
    if (within == 0) {
      pile.parts.push_back(std::make_unique<std::array<Mark, k_part>>());
    }
    (*pile.parts.back())[within] = {static_cast<std::uint32_t>(known),
                                    static_cast<std::uint32_t>(row),
                                    static_cast<std::uint32_t>(row >> 32U)};
    ++pile.size;
  }

  template <typename Visit>
  void each(std::size_t number, Visit visit) const
  {
    const Pile& pile = piles[number];
    for (std::size_t i = 0; i < pile.size; ++i) {
      visit((*pile.parts[i / k_part])[i % k_part]);
    }
  }
};

RowSieve::RowSieve(const CsvReader& reader, SievedSide a, SievedSide b)
    : reader_(reader), sides_{std::move(a), std::move(b)}
{
}

RowSieve::~RowSieve() = default;

// Puts the rows of those keys on piles whose turn it is.
bool RowSieve::mark(Side side, std::size_t pass)
{
  const SievedSide& source = sides_[at(side)];
  const std::size_t first = piles_.size();
  for (unsigned i = 0; i < std::max(reader_.threads, 1U); ++i) {
    piles_.push_back(std::make_unique<Piles>());
  }
  const bool plain =
      CsvBlocks(reader_, source.files).each_record([&](std::size_t worker, const auto& cells) {
        Piles& piles = *piles_[first + worker];
        const RowHashes hashes = hashes_of(cells, source);
        const std::uint64_t known = known_of(hashes.key);
        if ((known >> k_mark_bits) % passes_ == pass) {
          piles.add(known, hashes.row);
        }
        piles.null_keys += std::any_of(source.key.begin(), source.key.end(),
                                       [&](std::size_t place) { return cells[place].empty(); });
      });
  null_keys_[at(side)] = 0;
  for (std::size_t i = first; i < piles_.size(); ++i) {
    null_keys_[at(side)] += piles_[i]->null_keys;
  }
  return plain;
}

// Adds the keys of one pile whose rows are not the same.
void RowSieve::settle(std::size_t part, std::vector<std::uint64_t>& left) const
{
  std::size_t count = 0;
  for (const auto& piles : piles_) {
    count += piles->piles[part].size;
  }
  const bool keyed = !sides_.front().key.empty();
  std::vector<Tally> tallies(slots_for(count));
  const std::size_t mask = tallies.size() - 1;
  for (std::size_t i = 0; i < piles_.size(); ++i) {
    const bool in_a = i < piles_.size() / 2;
    piles_[i]->each(part, [&](const Mark& mark) {
      std::size_t slot = mixed(keyed ? mark.key : mark.row()) & mask;
      while (tallies[slot].in_a + tallies[slot].in_b > 0 &&
             (tallies[slot].key != mark.key || (!keyed && tallies[slot].rows != mark.row()))) {
        slot = (slot + 1) & mask;
      }
      Tally& tally = tallies[slot];
      tally.key = mark.key;
      tally.rows = keyed ? tally.rows ^ mark.row() : mark.row();
      ++(in_a ? tally.in_a : tally.in_b);
    });
  }
  for (const Tally& tally : tallies) {
    const bool same =
        keyed ? tally.in_a == 1 && tally.in_b == 1 && tally.rows == 0 : tally.in_a == tally.in_b;
    if (tally.in_a + tally.in_b > 0 && !same) {
      left.push_back((std::uint64_t{part} << k_mark_bits) | tally.key);
    }
  }
}

bool RowSieve::settle_all()
{
  std::vector<std::vector<std::uint64_t>> left(k_piles);
  versioning::WorkPool pool(std::max(reader_.threads, 1U));
  pool.run(k_piles, [&](std::size_t part) { settle(part, left[part]); });
  piles_.clear();
  for (const auto& some : left) {
    left_.insert(left_.end(), some.begin(), some.end());
  }
  return left_.size() <= (sides_[0].rows + sides_[1].rows) / k_least_share + 1;
}

bool RowSieve::fill()
{
  // What is left of the memory is for the engine and for what is left over.
  const std::uint64_t room = std::max<std::uint64_t>(reader_.memory_bytes / 2, 1);
  const std::uint64_t bytes = (sides_[0].rows + sides_[1].rows) * sizeof(Mark);
  passes_ = static_cast<std::size_t>(bytes / room + 1);
  if (passes_ > k_most_passes) {
    return false;
  }
  for (std::size_t pass = 0; pass < passes_; ++pass) {
    if (!mark(Side::a, pass) || !mark(Side::b, pass) || !settle_all()) {
      return false;
    }
  }
  known_ = std::make_unique<NumberSet>(left_);
  left_ = {};
  return true;
}

void RowSieve::each_left(
    Side side, const std::function<void(const std::vector<std::string_view>& cells)>& visit)
{
  const SievedSide& source = sides_[at(side)];
  const auto& places = source.key.empty() ? source.compared : source.key;
  std::mutex mutex;
  CsvBlocks(reader_, source.files).each_record([&](std::size_t, const auto& cells) {
    if (known_->contains(known_of(hash_of(cells, places)))) {
      const std::scoped_lock lock(mutex);
      visit(cells);
    }
  });
}

}  // namespace mlrepro::analysis
