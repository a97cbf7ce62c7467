// SPDX-License-Identifier: Apache-2.0
#include "sqlite/point_spool.hpp"

#include <algorithm>
#include <type_traits>
#include <vector>

#include "mlrepro/model/error.hpp"
#include "posix/nameless_file.hpp"

namespace mlrepro::sqlite {
namespace {

static_assert(std::is_trivially_copyable_v<model::MetricPoint>, "points are written as they are");

}  // namespace

PointSpool::Piece PointSpool::put(std::span<const model::MetricPoint> points)
{
  if (!file_.is_open()) {
    file_ = posix::make_nameless_file(folder_);
  }
  const Piece piece{size_, points.size()};
  posix::write_fully(file_.get(), std::as_bytes(points), "keep points in '" + folder_ + "'");
  size_ += points.size_bytes();
  return piece;
}

void PointSpool::read(const Piece& piece, std::size_t at_once, const Visit& visit) const
{
  std::vector<model::MetricPoint> points(std::min(at_once, piece.points));
  for (std::size_t done = 0; done < piece.points;) {
    const std::span<model::MetricPoint> some(points.data(),
                                             std::min(points.size(), piece.points - done));
    const auto bytes = std::as_writable_bytes(some);
    const std::uint64_t offset = piece.offset + done * sizeof(model::MetricPoint);
    if (posix::read_at(file_.get(), offset, bytes, folder_) != bytes.size()) {
      throw model::Error(model::ErrorKind::io, "points in '" + folder_ + "': the file is shorter");
    }
    visit(some);
    done += some.size();
  }
}

}  // namespace mlrepro::sqlite
