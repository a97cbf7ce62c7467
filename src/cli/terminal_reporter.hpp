// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <mutex>
#include <string>

#include "cli/text_table.hpp"
#include "mlrepro/ports/reporter.hpp"

namespace mlrepro::cli {

enum class Verbosity { quiet, normal, verbose };

// Writes notes and warnings to stderr, and a progress line where stderr is a terminal.
class TerminalReporter final : public ports::Reporter {
 public:
  TerminalReporter(Verbosity verbosity, Style style);

  // For -v only.
  void detail(const std::string& text);

  void note(const std::string& text) override;
  void warn(const std::string& text) override;
  void begin(const std::string& step, std::uint64_t total_bytes) override;
  void advance(std::uint64_t files, std::uint64_t bytes) override;
  void end() override;

 private:
  // All with the lock held.
  void draw();
  void clear();

  std::mutex mutex_;
  Verbosity verbosity_;
  Style style_;
  bool terminal_;
  bool drawn_ = false;
  std::string step_;
  std::uint64_t total_ = 0;
  std::uint64_t files_ = 0;
  std::uint64_t bytes_ = 0;
  std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point next_draw_;
};

}  // namespace mlrepro::cli
