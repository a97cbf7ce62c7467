// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>

#include "mlrepro/model/optimization.hpp"
#include "mlrepro/ports/reporter.hpp"

namespace mlrepro::ports {

struct OptimizeRules {
  int level = 0;                               // of zstd, 1 to 22
  std::chrono::milliseconds patience{60'000};  // with others who exchange packs
};

// Makes a store smaller by compressing harder than recording has time for. Every object stays.
class StoreOptimizer {
 public:
  StoreOptimizer() = default;
  StoreOptimizer(const StoreOptimizer&) = delete;
  StoreOptimizer& operator=(const StoreOptimizer&) = delete;
  virtual ~StoreOptimizer() = default;

  // Beside any number of readers and writers; what was done stays done when it is cut short. Throws
  // Error{locked} when others exchange packs for longer than the patience, and Error{io}.
  virtual model::Optimization optimize(const OptimizeRules& rules, Reporter& reporter) = 0;
};

}  // namespace mlrepro::ports
