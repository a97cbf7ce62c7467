// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/mlflow/live_artifacts.hpp"

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include "mlflow/followed_runs.hpp"
#include "mlrepro/format/event_lines.hpp"
#include "mlrepro/model/error.hpp"
#include "tracking/live_log.hpp"

namespace mlrepro::mlflow {
namespace {

constexpr std::size_t k_read_at_once = 262'144;
constexpr std::size_t k_most_followed = 1000;

// Most lines are points: they are not worth being understood.
void add_artifacts(std::string_view lines, std::map<std::string, model::Artifact>& artifacts)
{
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    const std::string_view line = lines.substr(0, end);
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    if (line.find("\"artifact\"") == std::string_view::npos) {
      continue;
    }
    for (const model::RunEvent& event : format::parse_event_lines(line).events) {
      if (const auto* logged = std::get_if<model::ArtifactLogged>(&event)) {
        artifacts.insert_or_assign(logged->artifact.path, logged->artifact);
      }
    }
  }
}

bool has_folder(const std::map<std::string, model::Artifact>& artifacts, const std::string& path)
{
  const auto below = artifacts.lower_bound(path + "/");
  return below != artifacts.end() && below->first.starts_with(path + "/");
}

void refuse_clash(const std::map<std::string, model::Artifact>& artifacts, const std::string& path)
{
  if (has_folder(artifacts, path)) {
    throw model::Error(model::ErrorKind::conflict, "artifact '" + path + "': there is a folder");
  }
  for (std::size_t slash = path.find('/'); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    if (artifacts.contains(path.substr(0, slash))) {
      throw model::Error(model::ErrorKind::conflict,
                         "artifact '" + path + "': '" + path.substr(0, slash) + "' is a file");
    }
  }
}

}  // namespace

// False when there is no live record (any more).
bool LiveArtifacts::follow(const model::RunId& run, Followed& followed) const
{
  if (!followed.file) {
    followed.file = tracking::open_live_file(files_, live_.paths(run).events);
    if (!followed.file) {
      return false;
    }
  }
  std::string piece(k_read_at_once, '\0');
  while (const std::size_t size = followed.file->read(std::as_writable_bytes(std::span(piece)))) {
    followed.rest.append(piece, 0, size);
    const std::size_t whole = followed.rest.rfind('\n') + 1;  // none: npos + 1 is 0
    add_artifacts(std::string_view(followed.rest).substr(0, whole), followed.artifacts);
    followed.rest.erase(0, whole);
  }
  return true;
}

const LiveArtifacts::ByPath* LiveArtifacts::added(const ports::ArtifactOwner& owner) const
{
  const auto run =
      owner.kind == ports::ArtifactOwner::Kind::run ? model::RunId::parse(owner.id) : std::nullopt;
  if (!run) {
    return nullptr;
  }
  if (!live_.liveness(*run)) {
    followed_.erase(*run);
    return nullptr;
  }
  if (!followed_.contains(*run)) {
    make_place(followed_, live_, k_most_followed);
  }
  Followed& followed = followed_[*run];
  followed.asked = ++looks_;
  if (!follow(*run, followed)) {
    followed_.erase(*run);
    return nullptr;
  }
  return &followed.artifacts;
}

// The live record is read first: when the run ends in between, the database has it all.
std::optional<model::Artifact> LiveArtifacts::find(const ports::ArtifactOwner& owner,
                                                   const std::string& path) const
{
  {
    const std::lock_guard lock(mutex_);
    if (const ByPath* live = added(owner)) {
      if (const auto found = live->find(path); found != live->end()) {
        return found->second;
      }
    }
  }
  return index_.find(owner, path);
}

std::map<std::string, ports::ArtifactEntry> LiveArtifacts::added_below(
    const ports::ArtifactOwner& owner, const std::string& folder) const
{
  const std::string prefix = folder.empty() ? "" : folder + "/";
  std::map<std::string, ports::ArtifactEntry> by_name;
  const std::lock_guard lock(mutex_);
  if (const ByPath* live = added(owner)) {
    for (auto one = live->lower_bound(prefix); one != live->end() && one->first.starts_with(prefix);
         ++one) {
      const std::size_t slash = one->first.find('/', prefix.size());
      const bool is_folder = slash != std::string::npos;
      const std::string name = one->first.substr(0, slash);
      by_name.insert_or_assign(
          name, ports::ArtifactEntry{name, is_folder, is_folder ? 0 : one->second.bytes});
    }
  }
  return by_name;
}

std::vector<ports::ArtifactEntry> LiveArtifacts::list(const ports::ArtifactOwner& owner,
                                                      const std::string& folder) const
{
  auto by_name = added_below(owner, folder);
  auto entries = index_.list(owner, folder);
  if (by_name.empty()) {
    return entries;
  }
  for (ports::ArtifactEntry& entry : entries) {
    by_name.try_emplace(entry.path, entry);
  }
  entries.clear();
  for (const auto& [name, entry] : by_name) {
    entries.push_back(entry);
  }
  return entries;
}

// False when the live record has none of that name: the database takes it.
bool LiveArtifacts::replace(const ports::ArtifactOwner& owner, const model::Artifact& artifact)
{
  const std::lock_guard lock(mutex_);
  const ByPath* live = added(owner);
  if (live == nullptr) {
    return false;
  }
  refuse_clash(*live, artifact.path);
  return live->contains(artifact.path) &&
         live_.append(*model::RunId::parse(owner.id),
                      format::encode_event(model::ArtifactLogged{artifact}));
}

void LiveArtifacts::put(const ports::ArtifactOwner& owner, const model::Artifact& artifact,
                        model::Timestamp now)
{
  if (!replace(owner, artifact)) {
    index_.put(owner, artifact, now);
  }
}

void LiveArtifacts::remove(const ports::ArtifactOwner& owner, const std::string& path)
{
  {
    const std::lock_guard lock(mutex_);
    const ByPath* live = added(owner);
    if (live != nullptr && (live->contains(path) || has_folder(*live, path))) {
      throw model::Error(model::ErrorKind::conflict,
                         "artifact '" + path +
                             "': mlrepro log added it, or what is in it, to a run that still runs",
                         "remove it when the run has ended");
    }
  }
  index_.remove(owner, path);
}

}  // namespace mlrepro::mlflow
