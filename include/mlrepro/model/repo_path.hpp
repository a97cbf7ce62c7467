// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mlrepro::model {

// A relative path in canonical form: components joined by single slashes, none of them empty,
// "." or "..", no NUL byte. Names are bytes, not text. The empty path is the root itself.
class RepoPath {
 public:
  RepoPath() = default;

  // Throws Error{usage} naming the path and what is wrong with it.
  static RepoPath parse(std::string_view text);

  // True for a name that may stand between two slashes.
  static bool is_valid_component(std::string_view name);

  [[nodiscard]] const std::string& str() const { return text_; }
  [[nodiscard]] bool is_root() const { return text_.empty(); }
  [[nodiscard]] std::string_view name() const;
  [[nodiscard]] RepoPath parent() const;
  [[nodiscard]] RepoPath child(std::string_view name) const;
  [[nodiscard]] std::vector<std::string_view> components() const;

  bool operator==(const RepoPath&) const = default;
  // Component by component, so that a folder's content follows the folder without gaps.
  std::strong_ordering operator<=>(const RepoPath& other) const;

 private:
  explicit RepoPath(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// The order of RepoPath for bare strings: as bytes, with '/' before every other byte.
bool path_less(std::string_view a, std::string_view b);

// True when `path` is `ancestor` or lies below it. Both may be absolute.
bool is_within(std::string_view path, std::string_view ancestor);

}  // namespace mlrepro::model
