// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/project.hpp"

namespace CLI {
class App;
}

namespace mlrepro::cli {

// The options of `diff` that compare the rows of two tables.
struct RowDiffOptions {
  bool rows = false;
  std::vector<std::string> key;
  bool no_key = false;
  std::vector<std::string> ignored;
  std::vector<std::string> tolerances;
  std::optional<std::uint64_t> limit;
  bool csv = false;

  // Whether rows are to be compared. Error{usage} for an option that needs that and stands alone.
  [[nodiscard]] bool given() const;
};

void add_row_diff_options(CLI::App& command, RowDiffOptions& options);

struct RowDiffSides {
  std::string a;
  std::string b;  // empty: the working tree
  bool markdown = false;
};

// Prints the answer; whether the tables are the same.
bool diff_rows_of(const RowDiffSides& sides, const RowDiffOptions& options, Project& project);

}  // namespace mlrepro::cli
