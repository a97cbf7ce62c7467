// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdio>
#include <map>
#include <string>
#include <utility>

#include "cli/project.hpp"
#include "mlrepro/plan/sweep_grid.hpp"
#include "mlrepro/tracking/sweep.hpp"

namespace mlrepro::cli {

// "lr=0.1 depth=4"
std::string point_text(const model::SweepPoint& point);

// Says on stderr which runs of a sweep start and end, and passes their output on by whole lines,
// each behind the number of its run. What a line overwrote by carriage returns is left out, as a
// terminal would show it.
class SweepOutput final : public tracking::SweepObserver {
 public:
  SweepOutput(const plan::SweepGrid& grid, Project& project);

  void started(const tracking::SweepStart& start) override;
  void adopted(std::uint64_t item, const model::Run& run) override;
  void output(std::uint64_t item, const tracking::OutputPiece& piece) override;
  void ended(const tracking::SweepEnd& end) override;

 private:
  [[nodiscard]] std::string head(std::uint64_t item) const;
  void put_line(std::uint64_t item, int stream, std::string_view line);

  const plan::SweepGrid& grid_;
  Project& project_;
  std::size_t width_;
  std::map<std::pair<std::uint64_t, int>, std::string> rests_;  // of lines without an end yet
  std::array<bool, 2> closed_{};                                // who read it has left
};

}  // namespace mlrepro::cli
