// SPDX-License-Identifier: Apache-2.0
#include "storage/pack_names.hpp"

#include <string_view>

#include "posix/folders.hpp"

namespace mlrepro::storage {
namespace {

constexpr std::string_view k_suffix = ".pack";
constexpr std::size_t k_hex = 2 * model::Digest::k_size;

}  // namespace

std::string pack_path(const std::string& folder, const model::Digest& id)
{
  return folder + "/" + id.hex() + std::string(k_suffix);
}

std::vector<std::string> names_in(const std::string& folder)
{
  auto names = posix::list_names(folder, posix::Unreadable::is_error_if_there);
  std::erase_if(names, [](const std::string& name) { return name.starts_with('.'); });
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
