// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "support/temp_dir.hpp"

namespace mlrepro::testing {

// A temporary folder in which the real git works, without anybody's configuration: from the first
// one on, HOME of the test process is an empty folder.
class GitWorkspace {
 public:
  GitWorkspace();

  // Absolute paths below the folder.
  [[nodiscard]] std::string operator/(std::string_view name) const { return folder_ / name; }
  [[nodiscard]] const std::string& path() const { return folder_.path(); }

  // Runs git in the given folder below this one and returns its output; throws when it fails.
  std::string git(const std::string& folder, const std::vector<std::string>& arguments) const;
  // A new repository with the branch 'main'.
  void init(const std::string& folder) const;
  // Adds everything and commits.
  void commit_all(const std::string& folder) const;

 private:
  TempDir folder_;
};

// Runs a program in a folder; returns what it printed on both streams, throws when it fails.
std::string run_program(const std::string& folder, const std::vector<std::string>& command);

}  // namespace mlrepro::testing
