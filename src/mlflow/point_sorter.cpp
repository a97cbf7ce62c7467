// SPDX-License-Identifier: Apache-2.0
#include "mlflow/point_sorter.hpp"

#include <algorithm>
#include <span>
#include <type_traits>

namespace mlrepro::mlflow {
namespace {

static_assert(std::is_trivially_copyable_v<NumberedPoint>, "points are written as they are");

constexpr std::size_t k_least_of_a_piece = 64;

}  // namespace

PointSorter::PointSorter(ports::Scratch& scratch, std::size_t most_at_once)
    : scratch_(scratch), most_at_once_(most_at_once)
{
}

PointSorter::~PointSorter() = default;

void PointSorter::add(const NumberedPoint& point)
{
  if (points_.size() == most_at_once_) {
    put_aside();
  }
  points_.push_back(point);
}

void PointSorter::put_aside()
{
  std::sort(points_.begin(), points_.end());
  if (!file_) {
    file_ = scratch_.make();
  }
  Piece piece;
  piece.offset = file_->append(std::as_bytes(std::span(points_)));
  piece.left = points_.size();
  pieces_.push_back(std::move(piece));
  points_.clear();
}

bool PointSorter::fill(Piece& piece)
{
  if (piece.position < piece.read.size()) {
    return true;
  }
  const std::uint64_t some = std::max(k_least_of_a_piece, most_at_once_ / pieces_.size());
  piece.read.resize(static_cast<std::size_t>(std::min(piece.left, some)));
  piece.position = 0;
  const auto bytes = std::as_writable_bytes(std::span(piece.read));
  if (!bytes.empty()) {
    file_->read(piece.offset, bytes);
  }
  piece.offset += bytes.size();
  piece.left -= piece.read.size();
  return !piece.read.empty();
}

void PointSorter::begin_to_read()
{
  reading_ = true;
  if (pieces_.empty()) {
    std::sort(points_.begin(), points_.end());
    return;
  }
  if (!points_.empty()) {
    put_aside();
  }
  points_ = {};  // its memory is what the pieces are read into
  for (std::size_t i = 0; i < pieces_.size(); ++i) {
    fill(pieces_[i]);
    heap_.push_back(i);
  }
}

std::optional<NumberedPoint> PointSorter::next()
{
  const auto comes_later = [this](std::size_t a, std::size_t b) {
    return pieces_[a].read[pieces_[a].position] > pieces_[b].read[pieces_[b].position];
  };
  if (!reading_) {
    begin_to_read();
    std::make_heap(heap_.begin(), heap_.end(), comes_later);
  }
  if (pieces_.empty()) {
    return position_ < points_.size() ? std::optional(points_[position_++]) : std::nullopt;
  }
  if (heap_.empty()) {
    return std::nullopt;
  }
  std::pop_heap(heap_.begin(), heap_.end(), comes_later);
  Piece& piece = pieces_[heap_.back()];
  const NumberedPoint least = piece.read[piece.position++];
  if (fill(piece)) {
    std::push_heap(heap_.begin(), heap_.end(), comes_later);
  } else {
    heap_.pop_back();
  }
  return least;
}

}  // namespace mlrepro::mlflow
