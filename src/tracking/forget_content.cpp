// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/tracking/forget_content.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "mlrepro/format/pointer_file.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/model/repo_path.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/versioning/tree_reader.hpp"

namespace mlrepro::tracking {
namespace {

using model::Error;
using model::ErrorKind;
using model::TreeEntry;

bool is_unreadable(const Error& error)
{
  return error.kind() == ErrorKind::not_found || error.kind() == ErrorKind::corrupt;
}

TreeEntry folder_entry(const model::Digest& digest)
{
  TreeEntry entry;
  entry.type = model::EntryType::folder;
  entry.digest = digest;
  return entry;
}

class ContentPlan {
 public:
  ContentPlan(const Ports& ports, const Place& place)
      : ports_(ports), place_(place), load_(versioning::loader(ports.data.objects))
  {
    for (model::Snapshot& snapshot : ports.data.snapshots.list({})) {
      if (snapshot.stored == model::Stored::content) {
        snapshots_.push_back(std::move(snapshot));
      }
    }
    ports::RunQuery query;
    query.detail = ports::RunQuery::Detail::full;
    runs_ = ports.runs.list(query);
  }

  void add(const std::string& reference)
  {
    const std::size_t before = condemned_.size();
    if (!reference.ends_with(format::k_pointer_suffix)) {
      add_path(reference);
    }
    if (condemned_.size() > before) {
      return;
    }
    const Target target = resolve(ports_, place_, reference);
    if (target.run && !target.data) {
      throw Error(ErrorKind::usage, "reference '" + reference + "': names a run, not content",
                  "name one of its paths: RUN:PATH; or forget the run");
    }
    const Content content = resolve_content(ports_, place_, reference);
    condemn(content.root, content.path);
    if (condemned_.size() == before) {
      throw Error(ErrorKind::not_found, "reference '" + reference + "': has no content");
    }
  }

  // All that is known by its root and lacks something then.
  [[nodiscard]] std::vector<ports::CondemnedContent> rows()
  {
    std::vector<ports::CondemnedContent> rows;
    for (const auto& [digest, path] : condemned_) {
      rows.push_back({digest, false, path});
    }
    std::set<model::Digest> folders;
    const auto add_root = [&](const TreeEntry& root, const std::string& path) {
      if (root.type == model::EntryType::folder && lacks(root) &&
          folders.insert(root.digest).second) {
        rows.push_back({root.digest, true, path});
      }
    };
    for (const model::Snapshot& snapshot : snapshots_) {
      add_root(snapshot.root, snapshot.path);
    }
    for (const model::Run& run : runs_) {
      if (run.code.digest) {
        add_root(folder_entry(*run.code.digest), "code");
      }
    }
    return rows;
  }

  [[nodiscard]] model::ForgottenContent result()
  {
    model::ForgottenContent result;
    result.files = condemned_.size();
    for (const auto& [digest, path] : condemned_) {
      result.paths.push_back(path);
    }
    std::sort(result.paths.begin(), result.paths.end());
    std::set<model::Digest> ids;
    for (const model::Snapshot& snapshot : snapshots_) {
      if (lacks(snapshot.root) && ids.insert(snapshot.id).second) {
        result.snapshots.push_back(snapshot.id);
      }
    }
    for (const model::Run& run : runs_) {
      if (lacks_own(run) || lacks_data(run, ids)) {
        result.runs.push_back(run.name);
      }
    }
    return result;
  }

 private:
  void condemn(const TreeEntry& entry, const std::string& path)
  {
    try {
      versioning::walk_tree(load_, entry, [&](const std::string& below, const TreeEntry& item) {
        if (item.type != model::EntryType::folder) {
          condemned_.emplace(item.digest, below.empty() ? path : path + "/" + below);
        }
        return true;
      });
    } catch (const Error& error) {
      warn_unreadable(error, path);
    }
  }

  void condemn_below(const TreeEntry& root, const std::string& below, const std::string& path)
  {
    try {
      if (const auto entry = versioning::find_entry(load_, root, below)) {
        condemn(*entry, path);
      }
    } catch (const Error& error) {
      warn_unreadable(error, path);
    }
  }

  void warn_unreadable(const Error& error, const std::string& path) const
  {
    if (!is_unreadable(error)) {
      throw Error(error);
    }
    ports_.data.reporter.warn("'" + path + "' can't be read as a whole: " + error.message());
  }

  // Everything that was recorded at a path, or below it, or under a dataset's name.
  void add_path(const std::string& word)
  {
    const std::string path = plan::recorded_path(place_.top, plan::join_path(place_.cwd, word));
    for (const model::Snapshot& snapshot : snapshots_) {
      if (snapshot.name == word || model::is_within(snapshot.path, path)) {
        condemn(snapshot.root, snapshot.path);
      } else if (snapshot.path == ".") {
        condemn_below(snapshot.root, path, path);
      } else if (model::is_within(path, snapshot.path)) {
        condemn_below(snapshot.root, path.substr(snapshot.path.size() + 1), path);
      }
    }
    for (const model::Run& run : runs_) {
      if (run.code.digest && path != "." && !path.starts_with('/')) {
        condemn_below(folder_entry(*run.code.digest), path, path);
      }
      for (const model::CodeChange& change : run.code.changes) {
        if (change.staged && model::is_within(change.path, path)) {
          condemned_.emplace(*change.staged, change.path);
        }
      }
    }
  }

  bool lacks(const TreeEntry& entry)
  {
    if (entry.type != model::EntryType::folder) {
      return condemned_.contains(entry.digest);
    }
    return lacks_in(entry.digest);
  }

  bool lacks_in(const model::Digest& folder)
  {
    if (const auto known = folders_.find(folder); known != folders_.end()) {
      return known->second;
    }
    bool found = false;
    try {
      const model::TreeNode node = load_(folder);
      for (const TreeEntry& entry : node.entries) {
        found = lacks(entry) || found;
      }
      for (const model::TreePart& part : node.parts) {
        found = lacks_in(part.digest) || found;
      }
    } catch (const Error& error) {
      if (!is_unreadable(error)) {
        throw;
      }
    }
    folders_.emplace(folder, found);
    return found;
  }

  static bool lacks_data(const model::Run& run, const std::set<model::Digest>& snapshots)
  {
    const auto lost = [&](const model::RunData& data) {
      return data.snapshot && snapshots.contains(*data.snapshot);
    };
    return std::any_of(run.inputs.begin(), run.inputs.end(), lost) ||
           std::any_of(run.outputs.begin(), run.outputs.end(), lost);
  }

  bool lacks_own(const model::Run& run)
  {
    const auto lost = [&](const std::optional<model::Digest>& digest) {
      return digest && condemned_.contains(*digest);
    };
    return (run.code.digest && lacks_in(*run.code.digest)) || lost(run.logs.stdout_digest) ||
           lost(run.logs.stderr_digest) ||
           std::any_of(run.artifacts.begin(), run.artifacts.end(),
                       [&](const auto& artifact) { return lost(artifact.digest); });
  }

  const Ports& ports_;
  const Place& place_;
  versioning::LoadNode load_;
  std::vector<model::Snapshot> snapshots_;
  std::vector<model::Run> runs_;
  std::map<model::Digest, std::string> condemned_;
  std::unordered_map<model::Digest, bool> folders_;
};

}  // namespace

model::ForgottenContent forget_content(const Ports& ports, const CollectionPorts& collection,
                                       const Place& place, const ContentRequest& request)
{
  collection.keeper.require_writable();
  ContentPlan plan(ports, place);
  for (const std::string& reference : request.references) {
    plan.add(reference);
  }
  model::ForgottenContent result = plan.result();
  collection.keeper.condemn(plan.rows(), ports.data.clock.now());
  try {
    GarbageRequest garbage;
    garbage.apply = true;
    garbage.patience = request.patience;
    result.freed_bytes = collect_garbage(ports, collection, garbage).freed_bytes;
  } catch (const Error& error) {
    throw Error(error.kind(), "noted, but not destroyed yet: " + error.message(),
                "'mlrepro gc --apply' completes it");
  }
  return result;
}

}  // namespace mlrepro::tracking
