// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace mlrepro::testing {

// A fresh folder, removed with all that is in it, whatever permissions a test left there.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  // Absolute and free of links.
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string operator/(std::string_view name) const
  {
    return path_ + "/" + std::string(name);
  }

 private:
  std::string path_;
};

// Makes missing folders above it.
void write_text(const std::string& path, std::string_view content);
// Throws std::runtime_error when it can't be read.
std::string read_text(const std::string& path);

}  // namespace mlrepro::testing
