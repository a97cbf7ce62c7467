// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>

#include "mlrepro/model/metric.hpp"
#include "posix/file_descriptor.hpp"

namespace mlrepro::sqlite {

// Points that wait in a file without a name until they can be put into their places in the
// database. Throws Error{io}.
class PointSpool {
 public:
  struct Piece {
    std::uint64_t offset = 0;  // in the file
    std::size_t points = 0;
  };
  using Visit = std::function<void(std::span<const model::MetricPoint> points)>;

  // The file is made in `folder`, when there is something to put into it.
  explicit PointSpool(std::string folder) : folder_(std::move(folder)) {}

  Piece put(std::span<const model::MetricPoint> points);
  // In order, at most `at_once` points at a time.
  void read(const Piece& piece, std::size_t at_once, const Visit& visit) const;

 private:
  std::string folder_;
  posix::FileDescriptor file_;
  std::uint64_t size_ = 0;
};

}  // namespace mlrepro::sqlite
