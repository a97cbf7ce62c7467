// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "mlflow/server_run.hpp"
#include "mlrepro/ports/scratch.hpp"

namespace mlrepro::mlflow {

struct NumberedPoint {
  ServerPoint point;
  std::uint64_t number = 0;  // of its series, from 0

  auto operator<=>(const NumberedPoint&) const = default;
};

// Sorts any number of points, by the point and then by the number. Those that are more than
// `most_at_once` wait in a scratch file, so that memory is taken for that many: 32 bytes each.
class PointSorter {
 public:
  static constexpr std::size_t k_most_at_once = 256 * 1024;
  // `scratch` outlives this.
  explicit PointSorter(ports::Scratch& scratch, std::size_t most_at_once = k_most_at_once);
  ~PointSorter();
  PointSorter(const PointSorter&) = delete;
  PointSorter& operator=(const PointSorter&) = delete;

  void add(const NumberedPoint& point);
  // The next one of all, in order; absent behind the last. Nothing is added any more.
  std::optional<NumberedPoint> next();

 private:
  // A part of the scratch file, sorted.
  struct Piece {
    std::uint64_t offset = 0;  // of what was not read yet, in bytes
    std::uint64_t left = 0;    // points that were not read yet
    std::vector<NumberedPoint> read;
    std::size_t position = 0;  // in `read`
  };
  void put_aside();
  void begin_to_read();
  // False behind its last point.
  bool fill(Piece& piece);

  ports::Scratch& scratch_;
  std::size_t most_at_once_;
  std::vector<NumberedPoint> points_;  // in memory
  std::size_t position_ = 0;           // in `points_`, of the next
  bool reading_ = false;
  std::unique_ptr<ports::ScratchFile> file_;
  std::vector<Piece> pieces_;
  std::vector<std::size_t> heap_;  // numbers of pieces, the one with the least point on top
};

}  // namespace mlrepro::mlflow
