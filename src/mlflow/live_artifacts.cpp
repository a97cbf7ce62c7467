// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/mlflow/live_artifacts.hpp"

#include <algorithm>
#include <string_view>

#include "mlrepro/format/event_lines.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::mlflow {
namespace {

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

}  // namespace

std::map<std::string, model::Artifact> LiveArtifacts::added(const ports::ArtifactOwner& owner) const
{
  std::map<std::string, model::Artifact> artifacts;
  if (owner.kind == ports::ArtifactOwner::Kind::run) {
    if (const auto run = model::RunId::parse(owner.id)) {
      live_.read(*run, ports::LiveLines::events,
                 [&](std::string_view lines) { add_artifacts(lines, artifacts); });
    }
  }
  return artifacts;
}

// The live record is read first: when the run ends in between, the database has it all.
std::optional<model::Artifact> LiveArtifacts::find(const ports::ArtifactOwner& owner,
                                                   const std::string& path) const
{
  const auto live = added(owner);
  const auto found = live.find(path);
  return found == live.end() ? index_.find(owner, path) : std::optional(found->second);
}

std::vector<ports::ArtifactEntry> LiveArtifacts::list(const ports::ArtifactOwner& owner,
                                                      const std::string& folder) const
{
  const auto live = added(owner);
  auto entries = index_.list(owner, folder);
  const std::string prefix = folder.empty() ? "" : folder + "/";
  std::map<std::string, ports::ArtifactEntry> by_name;
  for (const auto& [path, artifact] : live) {
    if (path.starts_with(prefix)) {
      const std::size_t slash = path.find('/', prefix.size());
      const bool is_folder = slash != std::string::npos;
      const std::string name = path.substr(0, slash);
      by_name.insert_or_assign(
          name, ports::ArtifactEntry{name, is_folder, is_folder ? 0 : artifact.bytes});
    }
  }
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

void LiveArtifacts::remove(const ports::ArtifactOwner& owner, const std::string& path)
{
  for (const auto& [name, artifact] : added(owner)) {
    if (name == path || name.starts_with(path + "/")) {
      throw model::Error(model::ErrorKind::conflict,
                         "artifact '" + name + "': mlrepro log added it to a run that still runs",
                         "remove it when the run has ended");
    }
  }
  index_.remove(owner, path);
}

}  // namespace mlrepro::mlflow
