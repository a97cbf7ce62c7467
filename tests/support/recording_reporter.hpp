// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mlrepro/ports/reporter.hpp"

namespace mlrepro::testing {

// Keeps all that it is told.
class RecordingReporter final : public ports::Reporter {
 public:
  struct Step {
    std::string name;
    std::uint64_t total_bytes = 0;
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    bool ended = false;
  };

  void note(const std::string& text) override { notes.push_back(text); }
  void warn(const std::string& text) override { warnings.push_back(text); }
  void begin(const std::string& step, std::uint64_t total_bytes) override
  {
    steps.push_back({step, total_bytes, 0, 0, false});
  }
  void advance(std::uint64_t files, std::uint64_t bytes) override
  {
    if (!steps.empty()) {
      steps.back().files += files;
      steps.back().bytes += bytes;
    }
  }
  void end() override
  {
    if (!steps.empty()) {
      steps.back().ended = true;
    }
  }

  std::vector<std::string> notes;
  std::vector<std::string> warnings;
  std::vector<Step> steps;
};

}  // namespace mlrepro::testing
