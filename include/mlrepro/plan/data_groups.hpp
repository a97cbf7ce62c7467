// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace mlrepro::plan {

// One input or output: a file, or some of the files of one folder.
struct DataGroup {
  std::string path;
  std::vector<std::string> files;  // relative to `path`, in path order; empty: the path is the file
};

// When a folder would have more of them than this, its files become one group.
inline constexpr std::size_t k_largest_listing = 16;

// `paths` are absolute, each within one of `roots`; no group reaches beyond a root. The result
// depends on the set of paths only, not on their order.
std::vector<DataGroup> group_files(std::vector<std::string> paths,
                                   const std::vector<std::string>& roots);

}  // namespace mlrepro::plan
