// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/paths.hpp"

#include <algorithm>
#include <vector>

#include "mlrepro/model/repo_path.hpp"

namespace mlrepro::plan {

std::string join_path(std::string_view base, std::string_view path)
{
  std::string text;
  if (!path.starts_with('/')) {
    text = std::string(base) + "/";
  }
  text += path;
  std::vector<std::string_view> parts;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = std::min(text.find('/', start), text.size());
    const std::string_view part = std::string_view(text).substr(start, end - start);
    if (part == "..") {
      if (!parts.empty()) {
        parts.pop_back();
      }
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
    start = end + 1;
  }
  std::string result;
  for (const std::string_view part : parts) {
    result += '/';
    result += part;
  }
  return result.empty() ? "/" : result;
}

std::string recorded_path(std::string_view top, std::string_view path)
{
  if (path == top) {
    return ".";
  }
  if (top != "/" && model::is_within(path, top)) {
    return std::string(path.substr(top.size() + 1));
  }
  return std::string(path);
}

std::string absolute_path(std::string_view top, std::string_view recorded)
{
  return join_path(top, recorded);
}

std::string base_name(std::string_view path)
{
  while (path.size() > 1 && path.ends_with('/')) {
    path.remove_suffix(1);
  }
  const std::size_t slash = path.rfind('/');
  return std::string(slash == std::string_view::npos || path == "/" ? path
                                                                    : path.substr(slash + 1));
}

}  // namespace mlrepro::plan
