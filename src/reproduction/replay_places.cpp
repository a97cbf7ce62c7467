// SPDX-License-Identifier: Apache-2.0
#include "reproduction/replay_places.hpp"

#include "mlrepro/model/repo_path.hpp"
#include "mlrepro/plan/paths.hpp"

namespace mlrepro::reproduction {

std::string ReplayPlaces::move(const std::string& path)
{
  if (const std::string place = moved_path(path); place != path) {
    return place;
  }
  return moved_[path] =
             scratch_ + "/outside/" + std::to_string(++outside_) + "/" + plan::base_name(path);
}

std::string ReplayPlaces::place_of(const std::string& recorded) const
{
  return recorded.starts_with('/') ? moved_path(recorded)
                                   : plan::absolute_path(code_folder(), recorded);
}

// Of an absolute path. The longest one that has moved counts: reverse order meets it first.
std::string ReplayPlaces::moved_path(const std::string& path) const
{
  for (auto item = moved_.rbegin(); item != moved_.rend(); ++item) {
    if (model::is_within(path, item->first)) {
      return item->second + path.substr(item->first.size());
    }
  }
  const bool in_project = top_.size() > 1 && model::is_within(path, top_);
  return in_project ? code_folder() + path.substr(top_.size()) : path;
}

std::string ReplayPlaces::original_of(const std::string& path) const
{
  for (const auto& [from, to] : moved_) {
    if (model::is_within(path, to)) {
      return from + path.substr(to.size());
    }
  }
  return path;
}

std::string ReplayPlaces::moved_value(const std::string& value) const
{
  if (value.starts_with('/')) {
    return moved_path(value);
  }
  if (value == ".." || value.starts_with("../")) {
    const std::string path = plan::join_path(plan::absolute_path(top_, cwd_), value);
    return model::is_within(path, top_) || moved_path(path) == path ? value : moved_path(path);
  }
  return value;
}

std::string ReplayPlaces::moved(const std::string& word) const
{
  const std::size_t equals = word.starts_with('/') ? std::string::npos : word.find('=');
  return equals == std::string::npos
             ? moved_value(word)
             : word.substr(0, equals + 1) + moved_value(word.substr(equals + 1));
}

}  // namespace mlrepro::reproduction
