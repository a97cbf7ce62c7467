// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "mlrepro/model/reproduction.hpp"

namespace mlrepro::cli {

// The reports of `reproduce` that a CI job asks for by file name.
class ReportFiles {
 public:
  // Absolute paths; empty: not wanted. Throws Error{usage} for one that could not be written, so
  // that nobody waits for a replay first.
  ReportFiles(std::string junit, std::string markdown);

  // Each in one step: a reader sees the old file or the new one. Throws Error{io}.
  void write(std::span<const model::Reproduction> reproductions) const;

 private:
  std::string junit_;
  std::string markdown_;
};

}  // namespace mlrepro::cli
