// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/tracking/verify_roots.hpp"

#include <algorithm>
#include <set>

namespace mlrepro::tracking {
namespace {

using versioning::VerifyRoot;

model::TreeEntry entry_of(model::EntryType type, const model::Digest& digest)
{
  model::TreeEntry entry;
  entry.type = type;
  entry.digest = digest;
  return entry;
}

void add_snapshot(const Ports& ports, const model::Snapshot& snapshot,
                  std::vector<VerifyRoot>& roots)
{
  roots.push_back(
      {snapshot.root, snapshot.path, snapshot.id, ports.data.snapshots.users(snapshot.id)});
}

void add_own_content(const model::Run& run, std::vector<VerifyRoot>& roots)
{
  const auto add = [&](const std::optional<model::Digest>& digest, model::EntryType type,
                       const std::string& label) {
    if (digest) {
      roots.push_back({entry_of(type, *digest), label, std::nullopt, {run.id}});
    }
  };
  add(run.code.digest, model::EntryType::folder, "");
  add(run.logs.stdout_digest, model::EntryType::file, "(stdout)");
  add(run.logs.stderr_digest, model::EntryType::file, "(stderr)");
  add(run.logs.index_digest, model::EntryType::file, "(log index)");
  for (const model::Artifact& artifact : run.artifacts) {
    add(artifact.digest, model::EntryType::file, artifact.path);
  }
  for (const model::CodeChange& change : run.code.changes) {
    add(change.staged, model::EntryType::file, change.path + " (staged)");
  }
}

}  // namespace

std::vector<VerifyRoot> all_roots(const Ports& ports)
{
  std::vector<VerifyRoot> roots;
  std::set<model::Digest> seen;
  for (const model::Snapshot& snapshot : ports.data.snapshots.list({})) {
    // A later entry for the same content may know its identity only.
    if (snapshot.stored == model::Stored::content && seen.insert(snapshot.id).second) {
      add_snapshot(ports, snapshot, roots);
    }
  }
  ports::RunQuery query;
  query.detail = ports::RunQuery::Detail::full;
  for (const model::Run& run : ports.runs.list(query)) {
    add_own_content(run, roots);
  }
  return roots;
}

std::vector<VerifyRoot> roots_of(const Ports& ports, const Target& target)
{
  std::vector<VerifyRoot> roots;
  std::vector<model::Digest> snapshots;
  if (target.snapshot) {
    snapshots.push_back(target.snapshot->id);
  } else if (target.data) {
    if (target.data->snapshot) {
      snapshots.push_back(*target.data->snapshot);
    }
  } else if (target.run) {
    add_own_content(*target.run, roots);
    for (const auto* list : {&target.run->inputs, &target.run->outputs}) {
      for (const model::RunData& data : *list) {
        if (data.snapshot && data.stored) {
          snapshots.push_back(*data.snapshot);
        }
      }
    }
  }
  for (const model::Digest& id : snapshots) {
    const auto entries = ports.data.snapshots.list({id.hex(), "", std::nullopt});
    const auto stored = std::find_if(
        entries.begin(), entries.end(),
        [](const model::Snapshot& entry) { return entry.stored == model::Stored::content; });
    if (stored != entries.end()) {
      add_snapshot(ports, *stored, roots);
    }
  }
  return roots;
}

}  // namespace mlrepro::tracking
