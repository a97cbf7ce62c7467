// SPDX-License-Identifier: Apache-2.0
#include "capture/debian_packages.hpp"

#include <algorithm>
#include <cstddef>

#include "capture/text_file.hpp"

namespace mlrepro::capture {
namespace {

constexpr const char* k_info = "/var/lib/dpkg/info/";
constexpr std::size_t k_longest_list = 16'000'000;
constexpr std::size_t k_longest_status = 64'000'000;

bool has_hint(const std::string& name, const std::vector<std::string_view>& hints)
{
  return std::any_of(hints.begin(), hints.end(),
                     [&](std::string_view hint) { return name.find(hint) != std::string::npos; });
}

}  // namespace

std::string DebianPackages::owner_of(const std::string& path,
                                     const std::vector<std::string_view>& hints)
{
  if (!names_) {
    names_ = names_in(root_ + k_info);
  }
  for (const std::string& name : *names_) {
    if (name.ends_with(".list") && has_hint(name, hints) && lists(name, path)) {
      // "libgomp1:amd64.list", "liblapack3.list"
      return with_version(name.substr(0, std::min(name.find(':'), name.size() - 5)));
    }
  }
  return {};
}

std::string DebianPackages::if_owner(const std::string& package, const std::string& path)
{
  for (const char* architecture : {":amd64", ":arm64", ""}) {
    if (lists(package + architecture + ".list", path)) {
      return with_version(package);
    }
  }
  return {};
}

bool DebianPackages::lists(const std::string& name, const std::string& path) const
{
  if (path.empty()) {
    return false;
  }
  const auto files = lines_of(read_text(root_ + k_info + name, k_longest_list));
  return std::find(files.begin(), files.end(), path) != files.end();
}

std::string DebianPackages::with_version(const std::string& package)
{
  constexpr std::string_view k_label = "\nVersion: ";
  if (!status_) {
    status_ = "\n" + read_text(root_ + "/var/lib/dpkg/status", k_longest_status);
  }
  const std::size_t at = status_->find("\nPackage: " + package + "\n");
  const std::size_t version = at == std::string::npos ? at : status_->find(k_label, at);
  if (version == std::string::npos) {
    return package;
  }
  const std::size_t start = version + k_label.size();
  return package + " " + status_->substr(start, status_->find('\n', start) - start);
}

}  // namespace mlrepro::capture
