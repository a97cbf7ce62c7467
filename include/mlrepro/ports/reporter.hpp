// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace mlrepro::ports {

// Tells the user what happens besides the answer. Never fails. Any number of threads may tell at
// once.
class Reporter {
 public:
  Reporter() = default;
  Reporter(const Reporter&) = delete;
  Reporter& operator=(const Reporter&) = delete;
  virtual ~Reporter() = default;

  virtual void note(const std::string& text) = 0;
  virtual void warn(const std::string& text) = 0;
  // A step that takes a while begins; its total may be 0 (not known).
  virtual void begin(const std::string& step, std::uint64_t total_bytes) = 0;
  virtual void advance(std::uint64_t files, std::uint64_t bytes) = 0;
  virtual void end() = 0;
};

}  // namespace mlrepro::ports
