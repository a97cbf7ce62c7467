// SPDX-License-Identifier: Apache-2.0
#include "storage/trash.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>

#include "mlrepro/model/error.hpp"
#include "posix/folders.hpp"
#include "storage/pack.hpp"
#include "storage/pack_names.hpp"

namespace mlrepro::storage {
namespace {

std::uint64_t bytes_in(const std::string& folder)
{
  std::uint64_t bytes = 0;
  for (const std::string& name : names_in(folder)) {
    struct stat status {};
    if (::stat((folder + "/" + name).c_str(), &status) == 0) {
      bytes += static_cast<std::uint64_t>(status.st_size);
    }
  }
  return bytes;
}

}  // namespace

std::vector<Trash::Batch> Trash::batches() const
{
  std::vector<Batch> found;
  for (const std::string& name : names_in(folder_)) {
    Batch batch{folder_ + "/" + name, {}, 0};
    const char* end = name.data() + name.size();
    const auto parsed = std::from_chars(name.data(), end, batch.at.ms);
    if (parsed.ec == std::errc{} && parsed.ptr == end) {
      batch.bytes = bytes_in(batch.path);
      found.push_back(std::move(batch));
    }
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  return found;
}

std::string Trash::folder_for(model::Timestamp now) const
{
  return folder_ + "/" + std::to_string(now.ms);
}

std::vector<std::string> Trash::packs_with(const std::set<model::Digest>& keys) const
{
  std::vector<std::string> found;
  for (const Batch& batch : batches()) {
    for (const std::string& path : list_packs(batch.path)) {
      const auto pack = Pack::open(path);
      const bool wanted = std::any_of(keys.begin(), keys.end(), [&](const model::Digest& key) {
        const auto [first, after] = pack->footer().range_of(key);
        return first != after;
      });
      if (wanted) {
        found.push_back(path);
      }
    }
  }
  return found;
}

std::uint64_t Trash::empty(const std::function<bool(model::Timestamp)>& is_expired)
{
  std::uint64_t bytes = 0;
  for (const Batch& batch : batches()) {
    if (is_expired(batch.at)) {
      posix::remove_tree(batch.path);
      bytes += batch.bytes;
    }
  }
  if (bytes > 0) {
    posix::sync_folder(folder_);
  }
  return bytes;
}

}  // namespace mlrepro::storage
