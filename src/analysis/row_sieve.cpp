// SPDX-License-Identifier: Apache-2.0
#include "analysis/row_sieve.hpp"

#include <algorithm>
#include <limits>
#include <mutex>
#include <span>
#include <string>
#include <utility>

#include "analysis/row_tallies.hpp"
#include "analysis/text_hash.hpp"
#include "mlrepro/model/error.hpp"
#include "versioning/work_pool.hpp"

namespace mlrepro::analysis {
namespace {

// Keys are put on so many piles, each of which is settled by itself.
constexpr unsigned k_pile_bits = 10;
constexpr std::size_t k_piles = std::size_t{1} << k_pile_bits;
constexpr unsigned k_mark_bits = 32;
// Of all rows, one in so many may be left over.
constexpr std::uint64_t k_least_share = 4;

// Of the hash of a key, what a pile and the mark on it know.
std::uint64_t known_of(std::uint64_t hash)
{
  return hash >> (64 - k_pile_bits - k_mark_bits);
}

}  // namespace

// Twelve bytes, since there is one for each row.
struct RowSieve::Mark {
  std::uint32_t key;
  std::uint32_t row_low;
  std::uint32_t row_high;

  [[nodiscard]] std::uint64_t row() const { return (std::uint64_t{row_high} << 32U) | row_low; }
};

// What one worker found, in parts of one size: a vector that grows would take twice its size. They
// wait in memory, or those that are full in a file.
struct RowSieve::Piles {
  // Of a file.
  struct Stretch {
    std::uint64_t offset;
    std::size_t marks;
  };
  struct Pile {
    std::unique_ptr<Mark[]> open;  // being filled
    std::size_t used = 0;          // marks of it
    std::vector<std::unique_ptr<Mark[]>> full;
    std::vector<Stretch> written;
  };
  Piles(std::size_t in_part, std::atomic<std::int64_t>& parts, ports::Scratch* scratch)
      : part(in_part), free_parts(parts), file(scratch == nullptr ? nullptr : scratch->make())
  {
  }

  std::size_t part;  // marks
  std::atomic<std::int64_t>& free_parts;
  std::unique_ptr<ports::ScratchFile> file;
  std::vector<Pile> piles = std::vector<Pile>(k_piles);
  std::uint64_t records = 0;
  std::uint64_t null_keys = 0;
  bool no_room = false;

  void add(std::uint64_t known, std::uint64_t row)
  {
    Pile& pile = piles[static_cast<std::size_t>(known >> k_mark_bits)];
    if (!pile.open) {
      no_room = no_room || free_parts.fetch_sub(1) <= 0;
      if (no_room) {
        return;
      }
      pile.open = std::make_unique_for_overwrite<Mark[]>(part);
    }
    pile.open[pile.used++] = {static_cast<std::uint32_t>(known), static_cast<std::uint32_t>(row),
                              static_cast<std::uint32_t>(row >> 32U)};
    if (pile.used == part) {
      put_away(pile);
    }
  }

  // No more come: what is kept in a file takes no memory from now on.
  void end()
  {
    if (!file) {
      return;
    }
    for (Pile& pile : piles) {
      if (pile.used > 0 && !no_room) {
        put_away(pile);
      }
      pile.open.reset();
    }
  }

  // While it says true.
  template <typename Visit>
  bool each(std::size_t number, Visit visit) const
  {
    const Pile& pile = piles[number];
    const auto each_of = [&](const Mark* marks, std::size_t count) {
      return std::all_of(marks, marks + count, visit);
    };
    const auto each_written = [&](const Stretch& stretch) {
      const auto marks = std::make_unique_for_overwrite<Mark[]>(stretch.marks);
      file->read(stretch.offset, std::as_writable_bytes(std::span(marks.get(), stretch.marks)));
      return each_of(marks.get(), stretch.marks);
    };
    return std::all_of(pile.full.begin(), pile.full.end(),
                       [&](const auto& marks) { return each_of(marks.get(), part); }) &&
           each_of(pile.open.get(), pile.used) &&
           std::all_of(pile.written.begin(), pile.written.end(), each_written);
  }

 private:
  void put_away(Pile& pile)
  {
    if (file) {
      const auto bytes = std::as_bytes(std::span(pile.open.get(), pile.used));
      try {
        pile.written.push_back({file->append(bytes), pile.used});
      } catch (const model::Error&) {
        no_room = true;  // on the disk
      }
    } else {
      pile.full.push_back(std::move(pile.open));
    }
    pile.used = 0;
  }
};

struct RowSieve::Left {
  std::vector<std::uint64_t> keys;
  std::uint64_t rows = 0;
};

RowSieve::RowSieve(const CsvReader& reader, SievedSide a, SievedSide b)
    : reader_(reader),
      sides_{std::move(a), std::move(b)},
      stats_{stats(Side::a), stats(Side::b)},
      room_(reader.memory_bytes / 2)
{
}

RowSieve::~RowSieve() = default;

std::vector<ports::FileStat> RowSieve::stats(Side side) const
{
  std::vector<ports::FileStat> stats;
  for (const std::string& path : sides_[at(side)].files.paths) {
    stats.push_back(reader_.files.stat(path, ports::FollowLinks::yes).value_or(ports::FileStat()));
  }
  return stats;
}

void RowSieve::refuse_changed(Side side) const
{
  const std::vector<std::string>& paths = sides_[at(side)].files.paths;
  const std::vector<ports::FileStat> now = stats(side);
  const auto other = std::mismatch(now.begin(), now.end(), stats_[at(side)].begin()).first;
  const auto place = static_cast<std::size_t>(other - now.begin()) % paths.size();
  throw model::Error(model::ErrorKind::conflict,
                     "file '" + paths[place] + "' changed while it was read",
                     "compare again when nothing writes to it");
}

// Puts the rows on the piles of their keys.
bool RowSieve::mark(Side side, const Keeping& keeping)
{
  const SievedSide& source = sides_[at(side)];
  const std::size_t first = piles_.size();
  for (unsigned i = 0; i < std::max(reader_.threads, 1U); ++i) {
    piles_.push_back(std::make_unique<Piles>(keeping.part, free_parts_, keeping.scratch));
  }
  const bool plain =
      CsvBlocks(reader_, source.files).each_record([&](std::size_t worker, const auto& cells) {
        Piles& piles = *piles_[first + worker];
        const RowHashes hashes = row_hashes(cells, source.key, source.compared);
        const std::uint64_t known = known_of(hashes.key);
        if (!piles.no_room) {
          piles.add(known, hashes.row);
        }
        ++piles.records;
        piles.null_keys += std::any_of(source.key.begin(), source.key.end(),
                                       [&](std::size_t place) { return cells[place].empty(); });
      });
  std::uint64_t records = 0;
  bool no_room = false;
  for (std::size_t i = first; i < piles_.size(); ++i) {
    piles_[i]->end();
    records += piles_[i]->records;
    no_room = no_room || piles_[i]->no_room;
    null_keys_[at(side)] += piles_[i]->null_keys;
  }
  if (plain && records != source.rows) {
    refuse_changed(side);
  }
  return plain && !no_room;
}

// Adds the keys of one pile whose rows are not the same.
bool RowSieve::settle(std::size_t part, Left& left) const
{
  Tallies tallies(!sides_.front().key.empty(), room_ / settlers_);
  for (std::size_t i = 0; i < piles_.size(); ++i) {
    const bool in_a = i < piles_.size() / 2;
    if (!piles_[i]->each(
            part, [&](const Mark& mark) { return tallies.add(mark.key, mark.row(), in_a); })) {
      return false;
    }
  }
  tallies.each_unlike([&](const Tallies::Tally& tally) {
    left.keys.push_back((std::uint64_t{part} << k_mark_bits) | tally.key);
    left.rows += tally.count();
  });
  return true;
}

// False where it does not fit, or more is left over than pays.
bool RowSieve::settle_all()
{
  // What it takes to know that of one key, also while tables grow.
  constexpr std::uint64_t k_left_bytes = 48;
  std::vector<Left> left(k_piles);
  std::atomic<bool> fits = true;
  versioning::WorkPool pool(settlers_);
  pool.run(k_piles, [&](std::size_t part) {
    if (fits && !settle(part, left[part])) {
      fits = false;
    }
  });
  piles_.clear();
  std::uint64_t keys = left_.size();
  for (const Left& some : left) {
    keys += some.keys.size();
    left_rows_ += some.rows;
  }
  if (!fits || keys * k_left_bytes > room_ ||
      left_rows_ > (sides_[0].rows + sides_[1].rows) / k_least_share + 1) {
    return false;
  }
  for (const Left& some : left) {
    left_.insert(left_.end(), some.keys.begin(), some.keys.end());
  }
  return true;
}

// In memory where there is room for all; the last part of each pile is half empty or more.
// Otherwise in files, whose parts are the larger the less a disk minds, for those of one side that
// are being filled take memory at a time.
std::optional<RowSieve::Keeping> RowSieve::keeping() const
{
  constexpr std::uint64_t k_least_part = 32;
  constexpr std::uint64_t k_most_part = 512;
  constexpr std::uint64_t k_most_part_of_file = 8192;
  const std::uint64_t rows = sides_[0].rows + sides_[1].rows;
  const std::uint64_t open_parts = k_piles * std::uint64_t{std::max(reader_.threads, 1U)};
  // The half of a quarter is for the last parts of a side.
  const std::uint64_t fitting = room_ / 8 / (open_parts * sizeof(Mark));
  const std::uint64_t part = std::clamp(fitting, k_least_part, k_most_part);
  const std::uint64_t parts = rows / part + std::min(rows, 2 * open_parts);
  if (parts * part * sizeof(Mark) <= room_) {
    return Keeping{static_cast<std::size_t>(part), nullptr};
  }
  if (reader_.scratch == nullptr) {
    return std::nullopt;
  }
  const std::uint64_t of_file = std::clamp(2 * fitting, k_least_part, k_most_part_of_file);
  return Keeping{static_cast<std::size_t>(of_file), reader_.scratch};
}

// Settles as many piles at a time as there is room for, and at least one. False where that has no
// room either: more keys than there are in the larger side and half as many again are too many
// differences anyway.
bool RowSieve::plan_settling()
{
  const std::uint64_t keys = std::max(sides_[0].rows, sides_[1].rows) / k_piles * 3 / 2 + 16;
  const std::uint64_t bytes = Tallies::bytes_for(keys);
  const std::uint64_t at_once = std::max<std::uint64_t>(room_ / bytes, 1);
  settlers_ =
      static_cast<unsigned>(std::min<std::uint64_t>(at_once, std::max(reader_.threads, 1U)));
  return bytes <= room_ || sides_.front().key.empty();
}

bool RowSieve::fill()
{
  const std::optional<Keeping> keeping = this->keeping();
  if (!keeping || !plan_settling()) {
    return false;
  }
  // A few more than expected, since no two piles are of one size. In files there is always room.
  free_parts_ =
      keeping->scratch != nullptr
          ? std::numeric_limits<std::int64_t>::max()
          : static_cast<std::int64_t>((room_ + room_ / 4) / (sizeof(Mark) * keeping->part));
  if (!mark(Side::a, *keeping) || !mark(Side::b, *keeping) || !settle_all()) {
    return false;
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
  const bool plain =
      CsvBlocks(reader_, source.files).each_record([&](std::size_t, const auto& cells) {
        if (known_->contains(known_of(cells_hash(cells, places, 0)))) {
          const std::scoped_lock lock(mutex);
          visit(cells);
        }
      });
  if (!plain || stats(side) != stats_[at(side)]) {
    refuse_changed(side);
  }
}

}  // namespace mlrepro::analysis
