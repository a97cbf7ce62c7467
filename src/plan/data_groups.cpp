// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/data_groups.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>

#include "mlrepro/model/repo_path.hpp"

namespace mlrepro::plan {
namespace {

using Paths = std::vector<std::string>;

std::string child_of(const std::string& folder, std::string_view name)
{
  return (folder == "/" ? "" : folder) + "/" + std::string(name);
}

// The first component below `folder`; the whole rest where it has no slash.
std::string_view first_component(std::string_view path, const std::string& folder)
{
  const std::size_t start = folder == "/" ? 1 : folder.size() + 1;
  const std::size_t end = path.find('/', start);
  return path.substr(start, end == std::string_view::npos ? end : end - start);
}

DataGroup one_group(const std::string& folder, Paths::const_iterator begin,
                    Paths::const_iterator end)
{
  DataGroup group{folder, {}};
  const std::size_t start = folder == "/" ? 1 : folder.size() + 1;
  std::transform(begin, end, std::back_inserter(group.files),
                 [&](const std::string& path) { return path.substr(start); });
  return group;
}

// Sorted paths below one folder: those of a subfolder stand together.
// NOLINTNEXTLINE(misc-no-recursion): as deep as a path is
std::vector<DataGroup> group_below(const std::string& folder, Paths::const_iterator begin,
                                   Paths::const_iterator end)
{
  std::vector<DataGroup> groups;
  for (auto from = begin; from != end;) {
    const std::string child = child_of(folder, first_component(*from, folder));
    if (*from == child) {
      groups.push_back({child, {}});
      ++from;
      continue;
    }
    const auto to = std::find_if_not(
        from, end, [&](const std::string& path) { return model::is_within(path, child); });
    auto below = group_below(child, from, to);
    std::move(below.begin(), below.end(), std::back_inserter(groups));
    from = to;
  }
  if (groups.size() > k_largest_listing) {
    return {one_group(folder, begin, end)};
  }
  return groups;
}

}  // namespace

std::vector<DataGroup> group_files(std::vector<std::string> paths,
                                   const std::vector<std::string>& roots)
{
  std::sort(paths.begin(), paths.end(), model::path_less);
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  // Each path belongs to the deepest root that it lies in.
  std::map<std::string, Paths> by_root;
  std::vector<DataGroup> groups;
  for (std::string& path : paths) {
    const std::string* deepest = nullptr;
    for (const std::string& root : roots) {
      if (model::is_within(path, root) && (deepest == nullptr || root.size() > deepest->size())) {
        deepest = &root;
      }
    }
    if (deepest == nullptr || *deepest == path) {
      groups.push_back({std::move(path), {}});
    } else {
      by_root[*deepest].push_back(std::move(path));
    }
  }
  for (const auto& [root, below] : by_root) {
    auto found = group_below(root, below.begin(), below.end());
    std::move(found.begin(), found.end(), std::back_inserter(groups));
  }
  std::sort(groups.begin(), groups.end(), [](const DataGroup& a, const DataGroup& b) {
    return model::path_less(a.path, b.path);
  });
  return groups;
}

}  // namespace mlrepro::plan
