// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "analysis/cell_sql.hpp"
#include "analysis/csv_blocks.hpp"
#include "analysis/row_tallies.hpp"

namespace mlrepro::analysis {

// One side of a comparison: where in its records stands what identifies a row (nothing: the row
// as a whole) and what is compared, in the same order on both sides.
struct SievedSide {
  CsvFiles files;
  std::vector<std::size_t> key;
  std::vector<std::size_t> compared;
  std::uint64_t rows = 0;  // as counted before
};

// Finds the rows of two tables that are certainly the same: of a key that each has once, with the
// same text in every compared cell; without a key, that both have equally often. All rows of a key
// (as text: it must say the value) stay together, so what is left over differs as the tables do.
// Rows are known by 64 bits of a hash over key and cells that nobody can foresee, keys by fewer.
// Two keys taken for one are left over; two rows of different text, a row only in a and one only in
// b, are taken for the same with a chance of about one in 2^64 for each of their cells.
class RowSieve {
 public:
  RowSieve(const CsvReader& reader, SievedSide a, SievedSide b);
  ~RowSieve();
  RowSieve(const RowSieve&) = delete;
  RowSieve& operator=(const RowSieve&) = delete;

  // False where it is not worth the while: the files are not plain, there is no room, or many rows
  // differ. Once. Error{conflict}, here and below, when a file has changed since it was counted.
  bool fill();
  // Rows with an empty cell in the key.
  [[nodiscard]] std::uint64_t null_keys(Side side) const { return null_keys_[at(side)]; }
  // What is left over. Calls do not overlap.
  void each_left(Side side,
                 const std::function<void(const std::vector<std::string_view>& cells)>& visit);

 private:
  struct Mark;
  struct Piles;
  struct Left;
  // Marks in a part of a pile, and where parts that are full wait: null for memory.
  struct Keeping {
    std::size_t part;
    ports::Scratch* scratch;
  };

  static std::size_t at(Side side) { return side == Side::a ? 0 : 1; }
  [[nodiscard]] std::vector<ports::FileStat> stats(Side side) const;
  [[noreturn]] void refuse_changed(Side side) const;
  [[nodiscard]] std::optional<Keeping> keeping() const;
  bool plan_settling();
  bool mark(Side side, const Keeping& keeping);
  bool settle(std::size_t part, Left& left) const;
  bool settle_all();

  const CsvReader& reader_;
  std::array<SievedSide, 2> sides_;
  std::array<std::vector<ports::FileStat>, 2> stats_;  // of the files, before they are read
  std::array<std::uint64_t, 2> null_keys_{};
  std::uint64_t room_;                         // bytes for marks and for what is left over
  unsigned settlers_ = 1;                      // piles that are settled at a time
  std::atomic<std::int64_t> free_parts_ = 0;   // of piles
  std::vector<std::unique_ptr<Piles>> piles_;  // by side and worker
  std::vector<std::uint64_t> left_;
  std::uint64_t left_rows_ = 0;
  std::unique_ptr<NumberSet> known_;
};

}  // namespace mlrepro::analysis
