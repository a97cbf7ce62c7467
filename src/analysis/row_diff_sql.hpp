// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analysis/cell_sql.hpp"
#include "mlrepro/model/reproduction.hpp"
#include "mlrepro/plan/match_columns.hpp"

namespace mlrepro::analysis {

struct RowPlan {
  std::vector<plan::NamedColumn> columns_a;
  std::vector<plan::NamedColumn> columns_b;
  plan::ColumnMatch match;
  std::vector<std::size_t> key;  // places among match.pairs; empty: rows are compared as a whole
  std::vector<model::Tolerance> tolerances;  // of match.pairs
};

// The statements of a row diff.
class RowSql {
 public:
  explicit RowSql(RowPlan plan);

  [[nodiscard]] const RowPlan& plan() const { return plan_; }
  // Of the pairs, those that are not in the key.
  [[nodiscard]] const std::vector<std::size_t>& compared() const { return compared_; }
  // The columns of a side that are not ignored, in order.
  [[nodiscard]] std::vector<std::size_t> columns_of(Side side) const;

  // One row: how many rows there are, and how many have NULL in the key.
  [[nodiscard]] std::string count_rows(Side side) const;
  // Makes `tallies`: keys with something to tell, with how many rows of a (n) and of b (m) have
  // them; k0, k1, … is the key in its forms, or the hash of the whole row.
  [[nodiscard]] std::string make_groups() const;
  // One row: the keys that both sides have once, a alone has once, b alone has once, and the rest.
  static std::string count_groups();
  // Makes `changed`: of the keys that both have once, each cell of both sides (a0, b0, …), whether
  // it is changed (f0, …) or differs within its tolerance (t0, …), and whether any is changed (f).
  [[nodiscard]] std::string make_changed() const;
  // One row: the changed rows, and of each compared column the changed cells, the tolerated ones,
  // and the largest difference (NULL where it is not of numbers).
  [[nodiscard]] std::string count_changed() const;
  // Makes `removed` or `added`: cells of rows without an equal one on the other side. `repeated`:
  // there are keys that a side has more than once.
  [[nodiscard]] std::string make_left_over(Side side, bool repeated) const;
  static std::string count_left_over(Side side);

  // In the order of the key: its cells, then of each compared column a, b, and whether changed.
  [[nodiscard]] std::string select_changed(const std::optional<std::uint64_t>& limit) const;
  // How often, then the cells of columns_of(side).
  [[nodiscard]] std::string select_left_over(Side side,
                                             const std::optional<std::uint64_t>& limit) const;
  // The key, then the rows of a and of b.
  [[nodiscard]] std::string select_repeated(const std::optional<std::uint64_t>& limit) const;

  // Of one eligible key: one row, whether a side has it twice.
  [[nodiscard]] std::string has_repeated(Side side, const std::vector<std::size_t>& pairs) const;
  // Of each pair, how many cells are NULL.
  [[nodiscard]] std::string count_nulls(Side side) const;
  // Hashes of the first rows' cells, of each pair.
  [[nodiscard]] std::string sample_hashes(Side side, std::size_t rows) const;

 private:
  [[nodiscard]] const plan::NamedColumn& column(Side side, std::size_t pair) const;
  [[nodiscard]] std::string cell(Side side, std::size_t pair) const;
  [[nodiscard]] std::string formed(Side side, std::size_t pair) const;
  [[nodiscard]] std::string row_hash(Side side) const;
  [[nodiscard]] std::string key_columns(Side side) const;
  [[nodiscard]] std::string same_key(Side side) const;
  [[nodiscard]] std::string key_order() const;
  [[nodiscard]] std::string tolerated(std::size_t pair) const;
  [[nodiscard]] std::string repeated_rows(Side side) const;
  [[nodiscard]] std::string cells_as_text(Side side) const;
  [[nodiscard]] std::size_t key_width() const;

  RowPlan plan_;
  std::vector<std::size_t> compared_;
};

}  // namespace mlrepro::analysis
