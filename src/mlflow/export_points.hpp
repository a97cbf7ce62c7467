// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "mlflow/point_sorter.hpp"
#include "mlrepro/ports/byte_stream.hpp"
#include "mlrepro/ports/client_runs.hpp"

// Series of any length, of which some points at a time are in memory.
namespace mlrepro::mlflow {

// A metric of a run here. Between two pages the store is free for others.
class SeriesPages {
 public:
  // `runs` outlives this.
  SeriesPages(ports::ClientRuns& runs, model::RunId run, std::string key)
      : runs_(runs), run_(run), key_(std::move(key))
  {
  }

  // The next points in the order in which they were logged; none behind the last.
  std::vector<model::MetricObservation> next();

 private:
  ports::ClientRuns& runs_;
  model::RunId run_;
  std::string key_;
  std::uint64_t read_ = 0;
};

// A line for each point, with step, time in milliseconds and value.
class SeriesText final : public ports::ByteSource {
 public:
  explicit SeriesText(SeriesPages pages) : pages_(std::move(pages)) {}

  std::size_t read(std::span<std::byte> buffer) override;

 private:
  SeriesPages pages_;
  std::string text_;  // of a page
  std::size_t position_ = 0;
};

// Some of the points of a series, by their numbers.
struct PointMarks {
  std::vector<bool> marks;  // a bit each; behind its end none is marked
  std::uint64_t count = 0;  // of those that are marked
};

// The points of `here` that are not among `there`. Of those that are alike one is enough: a server
// keeps them once. Both are read to their ends.
PointMarks find_missing(PointSorter& here, PointSorter& there);

// Those that are marked, in the order in which they were logged.
void for_each_marked(SeriesPages pages, const PointMarks& marked,
                     const std::function<void(const model::MetricObservation&)>& visit);

}  // namespace mlrepro::mlflow
