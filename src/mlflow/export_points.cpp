// SPDX-License-Identifier: Apache-2.0
#include "mlflow/export_points.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

#include "mlrepro/format/number_text.hpp"

namespace mlrepro::mlflow {
namespace {

constexpr std::size_t k_points_a_page = 10'000;

}  // namespace

std::vector<model::MetricObservation> SeriesPages::next()
{
  auto points = runs_.history({run_, key_, read_, k_points_a_page});
  read_ += points.size();
  return points;
}

std::size_t SeriesText::read(std::span<std::byte> buffer)
{
  if (position_ == text_.size()) {
    text_.clear();
    position_ = 0;
    for (const model::MetricObservation& point : pages_.next()) {
      text_ += std::to_string(point.step) + " " + std::to_string(point.time.ms) + " " +
               format::to_text(point.value) + "\n";
    }
  }
  const std::size_t size = std::min(buffer.size(), text_.size() - position_);
  std::memcpy(buffer.data(), text_.data() + position_, size);
  position_ += size;
  return size;
}

PointMarks find_missing(PointSorter& here, PointSorter& there)
{
  PointMarks missing;
  std::optional<NumberedPoint> known = there.next();
  std::optional<ServerPoint> last;
  while (const auto point = here.next()) {
    if (last == point->point) {
      continue;
    }
    last = point->point;
    while (known && known->point < point->point) {
      known = there.next();
    }
    if (known && known->point == point->point) {
      continue;
    }
    if (missing.marks.size() <= point->number) {
      missing.marks.resize(point->number + 1);
    }
    missing.marks[point->number] = true;
    ++missing.count;
  }
  return missing;
}

void for_each_marked(SeriesPages pages, const PointMarks& marked,
                     const std::function<void(const model::MetricObservation&)>& visit)
{
  std::size_t number = 0;
  std::uint64_t left = marked.count;
  while (left > 0) {
    const auto points = pages.next();
    if (points.empty()) {
      return;
    }
    for (const model::MetricObservation& point : points) {
      if (number < marked.marks.size() && marked.marks[number]) {
        visit(point);
        --left;
      }
      ++number;
    }
  }
}

}  // namespace mlrepro::mlflow
