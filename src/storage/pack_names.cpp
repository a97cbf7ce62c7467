// SPDX-License-Identifier: Apache-2.0
#include "storage/pack_names.hpp"

#include <dirent.h>

#include <cerrno>
#include <memory>
#include <string_view>

#include "posix/system_error.hpp"

namespace mlrepro::storage {
namespace {

constexpr std::string_view k_suffix = ".pack";
constexpr std::size_t k_hex = 2 * model::Digest::k_size;

struct CloseDir {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

}  // namespace

std::string pack_path(const std::string& folder, const model::Digest& id)
{
  return folder + "/" + id.hex() + std::string(k_suffix);
}

std::vector<std::string> names_in(const std::string& folder)
{
  std::vector<std::string> names;
  const std::unique_ptr<DIR, CloseDir> open(::opendir(folder.c_str()));
  if (!open) {
    if (errno == ENOENT) {
      return names;
    }
    posix::throw_errno("open folder '" + folder + "'");
  }
  errno = 0;
  while (const dirent* item = ::readdir(open.get())) {
    if (item->d_name[0] != '.') {
      names.emplace_back(item->d_name);
    }
    errno = 0;
  }
  if (errno != 0) {
    posix::throw_errno("read folder '" + folder + "'");
  }
  return names;
}

std::vector<std::string> list_packs(const std::string& folder)
{
  std::vector<std::string> paths;
  for (const std::string& name : names_in(folder)) {
    const std::string_view view = name;
    if (view.size() == k_hex + k_suffix.size() && view.ends_with(k_suffix) &&
        model::Digest::parse(view.substr(0, k_hex))) {
      paths.push_back(folder + "/" + name);
    }
  }
  return paths;
}

}  // namespace mlrepro::storage
