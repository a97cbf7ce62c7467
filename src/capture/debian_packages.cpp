// SPDX-License-Identifier: Apache-2.0
#include "capture/debian_packages.hpp"

#include <string.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>

#include "capture/text_file.hpp"

namespace mlrepro::capture {
namespace {

constexpr const char* k_info = "/var/lib/dpkg/info/";
constexpr std::size_t k_longest_list = 16'000'000;
constexpr std::size_t k_longest_status = 64'000'000;
constexpr std::array<const char*, 3> k_architectures = {":amd64", ":arm64", ""};

bool has_hint(const std::string& name, const std::vector<std::string_view>& hints)
{
  return std::any_of(hints.begin(), hints.end(),
                     [&](std::string_view hint) { return name.find(hint) != std::string::npos; });
}

bool is_version_digit(char c)
{
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

// By the custom of Debian: "libblas3" for "…/blas/libblas.so.3.11.0", and "libopenblas0-pthread"
// for what lies in "openblas-pthread". Where that is wrong, dpkg's lists say so.
std::vector<std::string> likely_owners(const std::string& path)
{
  const std::size_t slash = path.rfind('/');
  const std::size_t dot = path.find(".so.", slash == std::string::npos ? 0 : slash);
  if (slash == std::string::npos || dot == std::string::npos) {
    return {};
  }
  std::vector<std::string> names;
  std::size_t end = dot + 4;
  while (end < path.size() && is_version_digit(path[end])) {
    ++end;
  }
  names.push_back(path.substr(slash + 1, dot - slash - 1) + path.substr(dot + 4, end - dot - 4));
  const std::size_t above = slash == 0 ? std::string::npos : path.rfind('/', slash - 1);
  if (above != std::string::npos) {
    const std::string folder = path.substr(above + 1, slash - above - 1);
    const std::size_t dash = std::min(folder.find('-'), folder.size());
    names.push_back("lib" + folder.substr(0, dash) + "0" + folder.substr(dash));
  }
  return names;
}

}  // namespace

std::string DebianPackages::owner_of(const std::string& path,
                                     const std::vector<std::string_view>& hints)
{
  for (const std::string& package : likely_owners(path)) {
    if (std::string found = if_owner(package, path); !found.empty()) {
      return found;
    }
  }
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
  for (const char* architecture : k_architectures) {
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
  // Thousands of packages are before it: std::string::find would stop at each of their lines.
  const std::string label = "\nPackage: " + package + "\n";
  const void* const stanza = ::memmem(status_->data(), status_->size(), label.data(), label.size());
  const std::size_t at =
      stanza == nullptr
          ? std::string::npos
          : static_cast<std::size_t>(static_cast<const char*>(stanza) - status_->data());
  const std::size_t version = at == std::string::npos ? at : status_->find(k_label, at);
  if (version == std::string::npos) {
    return package;
  }
  const std::size_t start = version + k_label.size();
  return package + " " + status_->substr(start, status_->find('\n', start) - start);
}

}  // namespace mlrepro::capture
