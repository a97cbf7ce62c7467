// SPDX-License-Identifier: Apache-2.0
#include "versioning/folder_walk.hpp"

#include <algorithm>

namespace mlrepro::versioning {

using model::TreeEntry;

bool RuleChain::ignores(const std::string& path, bool is_folder) const
{
  for (const RuleChain* chain = this; chain != nullptr; chain = chain->outer) {
    if (chain->rules.empty()) {
      continue;
    }
    const std::size_t skip = chain->folder.empty() ? 0 : chain->folder.size() + 1;
    if (const auto decided = chain->rules.ignores(std::string_view(path).substr(skip), is_folder)) {
      return *decided;
    }
  }
  return false;
}

TreeEntry FolderWalk::take(const std::optional<TreeEntry>& previous, Ingested& result)
{
  FolderPlace place;
  if (list != nullptr) {
    place.range = {0, list->paths.size()};
  }
  if (previous && previous->type == model::EntryType::folder && intake.stores_content() &&
      !intake.cache().find("")) {
    place.previous = previous->digest;
  }
  const auto entry = take_folder(*this, place);
  throw_unreadable();
  if (!entry) {
    throw model::Error(model::ErrorKind::not_found, "path '" + root + "': nothing there");
  }
  std::sort(omitted_.begin(), omitted_.end(),
            [](const auto& a, const auto& b) { return a.path < b.path; });
  result.omitted = std::move(omitted_);
  return *entry;
}

void FolderWalk::leave_out(const std::string& path, const std::string& reason)
{
  const std::lock_guard guard(mutex_);
  omitted_.push_back({path, reason});
}

void FolderWalk::report(const std::string& path, const model::Error& error)
{
  if (list != nullptr) {
    leave_out(path, error.message());
  } else if (error.kind() == model::ErrorKind::not_found && !path.empty()) {
    ports.reporter.warn("'" + path + "' vanished while the folder was read: left out");
    leave_out(path, "vanished while the folder was read");
  } else if (error.kind() == model::ErrorKind::io) {
    const std::lock_guard guard(mutex_);
    unreadable_.emplace_back(path, error.message());
  } else {
    throw model::Error(error.kind(), error.message(), error.hint());
  }
}

void FolderWalk::throw_unreadable()
{
  if (unreadable_.empty()) {
    return;
  }
  constexpr std::size_t k_named = 5;
  std::sort(unreadable_.begin(), unreadable_.end());
  std::string message = unreadable_.front().second;
  for (std::size_t i = 1; i < std::min(unreadable_.size(), k_named); ++i) {
    message += "; " + unreadable_[i].second;
  }
  if (unreadable_.size() > k_named) {
    message += "; and " + std::to_string(unreadable_.size() - k_named) + " more";
  }
  throw model::Error(model::ErrorKind::io, message,
                     "make them readable, or list them in a .mlreproignore file");
}

}  // namespace mlrepro::versioning
