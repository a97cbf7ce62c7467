// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/model/repo_path.hpp"

#include <algorithm>

#include "mlrepro/model/error.hpp"

namespace mlrepro::model {

bool RepoPath::is_valid_component(std::string_view name)
{
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

RepoPath RepoPath::parse(std::string_view text)
{
  std::size_t start = 0;
  while (!text.empty() && start <= text.size()) {
    const std::size_t end = std::min(text.find('/', start), text.size());
    if (!is_valid_component(text.substr(start, end - start))) {
      throw Error(ErrorKind::usage,
                  "path '" + std::string(text) +
                      "': not a plain relative path (no empty, '.' or '..' parts)");
    }
    start = end + 1;
  }
  return RepoPath(std::string(text));
}

std::string_view RepoPath::name() const
{
  const std::size_t slash = text_.rfind('/');
  return std::string_view(text_).substr(slash == std::string::npos ? 0 : slash + 1);
}

RepoPath RepoPath::parent() const
{
  const std::size_t slash = text_.rfind('/');
  return RepoPath(slash == std::string::npos ? std::string() : text_.substr(0, slash));
}

RepoPath RepoPath::child(std::string_view name) const
{
  if (!is_valid_component(name)) {
    throw Error(ErrorKind::usage,
                "path '" + text_ + "': '" + std::string(name) + "' is no file name");
  }
  return RepoPath(is_root() ? std::string(name) : text_ + "/" + std::string(name));
}

std::vector<std::string_view> RepoPath::components() const
{
  std::vector<std::string_view> parts;
  const std::string_view text = text_;
  std::size_t start = 0;
  while (start < text.size()) {
    const std::size_t end = std::min(text.find('/', start), text.size());
    parts.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return parts;
}

std::strong_ordering RepoPath::operator<=>(const RepoPath& other) const
{
  if (text_ == other.text_) {
    return std::strong_ordering::equal;
  }
  return path_less(text_, other.text_) ? std::strong_ordering::less : std::strong_ordering::greater;
}

bool path_less(std::string_view a, std::string_view b)
{
  const auto rank = [](char c) {
    return c == '/' ? 0 : static_cast<int>(static_cast<unsigned char>(c)) + 1;
  };
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [&](char x, char y) { return rank(x) < rank(y); });
}

bool is_within(std::string_view path, std::string_view ancestor)
{
  if (ancestor.empty()) {
    return !path.starts_with('/');
  }
  if (!path.starts_with(ancestor)) {
    return false;
  }
  return path.size() == ancestor.size() || ancestor.ends_with('/') || path[ancestor.size()] == '/';
}

}  // namespace mlrepro::model
