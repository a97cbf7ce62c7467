// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mlrepro::capture {

// What dpkg knows of installed files, read when it is asked for the first time.
class DebianPackages {
 public:
  // `root` is put before every path that is read.
  explicit DebianPackages(std::string root) : root_(std::move(root)) {}

  // "libgomp1 12.2.0-14" for the package that has the file; empty when there is none. Only packages
  // are looked at whose names have one of the `hints` in them: there are thousands.
  [[nodiscard]] std::string owner_of(const std::string& path,
                                     const std::vector<std::string_view>& hints);
  // The same for the one package that can have it: no other is looked at.
  [[nodiscard]] std::string if_owner(const std::string& package, const std::string& path);

 private:
  [[nodiscard]] bool lists(const std::string& name, const std::string& path) const;
  [[nodiscard]] std::string with_version(const std::string& package);

  std::string root_;
  std::optional<std::vector<std::string>> names_;  // of files
  std::optional<std::string> status_;
};

}  // namespace mlrepro::capture
