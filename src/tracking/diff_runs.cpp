// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/tracking/diff_runs.hpp"

#include <unordered_map>

#include "mlrepro/format/tree_node.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/compare_trees.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/tracking/capture_code.hpp"
#include "mlrepro/tracking/record_data.hpp"
#include "mlrepro/versioning/snapshot.hpp"
#include "mlrepro/versioning/tree_reader.hpp"

namespace mlrepro::tracking {
namespace {

using model::Error;

// Beyond this, a text diff helps nobody.
constexpr std::uint64_t k_max_text_bytes = 4'000'000;

model::TreeEntry folder_of(const model::Digest& digest)
{
  model::TreeEntry root;
  root.type = model::EntryType::folder;
  root.digest = digest;
  return root;
}

// The working tree where it is the second side: nothing of it is in the store.
struct Look {
  std::string code_top;  // absolute
  SeenTrees trees;
};

class Comparison {
 public:
  // `look` is absent where both sides are recorded.
  Comparison(const Ports& ports, Patch patch, const Look* look)
      : ports_(ports), patch_(patch), look_(look)
  {
  }

  void add_code_files(const model::Run& a, const model::Run& b, model::CodeDiff& code) const;
  void add_data_files(std::vector<model::DataDiff>& diffs) const;

 private:
  [[nodiscard]] model::TreeNode node(const model::Digest& digest) const
  {
    return look_ != nullptr ? loader(ports_, look_->trees)(digest)
                            : versioning::load_node(ports_.data.objects, digest);
  }
  [[nodiscard]] model::TreeEntry root_of(const model::Digest& snapshot) const;
  [[nodiscard]] model::ManifestDiff compare_data(const std::optional<model::Digest>& a,
                                                 const std::optional<model::Digest>& b) const;
  [[nodiscard]] std::string text_after(const model::FileChange& change) const;
  [[nodiscard]] model::CodeFileDiff compare_file(const model::FileChange& change) const;

  const Ports& ports_;
  Patch patch_;
  const Look* look_;
};

std::string Comparison::text_after(const model::FileChange& change) const
{
  if (look_ == nullptr) {
    return versioning::load_blob(ports_.data.objects, change.after->digest);
  }
  const std::string path = plan::absolute_path(look_->code_top, change.path);
  return change.after->type == model::EntryType::symlink
             ? ports_.data.files.read_link(path)
             : ports::read_file(ports_.data.files, path);
}

model::CodeFileDiff Comparison::compare_file(const model::FileChange& change) const
{
  model::CodeFileDiff file;
  file.path = change.path;
  file.state = !change.before  ? model::FileState::added
               : !change.after ? model::FileState::removed
                               : model::FileState::modified;
  const auto too_large = [](const auto& entry) { return entry && entry->size > k_max_text_bytes; };
  if (too_large(change.before) || too_large(change.after)) {
    return file;
  }
  const auto is_text = [](const auto& entry) {
    return entry && entry->type != model::EntryType::folder;
  };
  const auto text = ports_.source.compare_text(
      change.path,
      is_text(change.before) ? versioning::load_blob(ports_.data.objects, change.before->digest)
                             : std::string(),
      is_text(change.after) ? text_after(change) : std::string());
  if (!text.binary) {
    file.added_lines = text.added_lines;
    file.removed_lines = text.removed_lines;
  }
  if (patch_ == Patch::yes) {
    file.patch = text.text;
  }
  return file;
}

void Comparison::add_code_files(const model::Run& a, const model::Run& b,
                                model::CodeDiff& code) const
{
  if (!code.comparable || a.code.digest == b.code.digest) {
    return;
  }
  try {
    const auto diff =
        plan::compare_trees(folder_of(*a.code.digest), folder_of(*b.code.digest),
                            [this](const model::Digest& digest) { return node(digest); });
    for (const auto* changes : {&diff.added, &diff.removed, &diff.changed}) {
      for (const model::FileChange& change : *changes) {
        code.files.push_back(compare_file(change));
      }
    }
  } catch (const Error& error) {
    ports_.data.reporter.warn("the code can't be compared by file: " + error.message());
    code.comparable = false;
  }
}

// Throws Error{not_found} for data of which only the identity is recorded.
model::TreeEntry Comparison::root_of(const model::Digest& snapshot) const
{
  if (look_ != nullptr) {
    const auto& roots = look_->trees.roots;
    if (const auto found = roots.find(snapshot); found != roots.end()) {
      return found->second;
    }
  }
  const auto found = ports::find_snapshot(ports_.data.snapshots, snapshot);
  if (!found) {
    throw Error(model::ErrorKind::not_found,
                "snapshot '" + snapshot.hex().substr(0, 12) + "': not in the store");
  }
  return found->root;
}

model::ManifestDiff Comparison::compare_data(const std::optional<model::Digest>& a,
                                             const std::optional<model::Digest>& b) const
{
  // Where a side has nothing, it compares as an empty folder.
  const std::string nothing = format::encode_tree({});
  const model::Digest nowhere =
      ports_.data.digester.digest(std::string(format::k_tree_prefix) + nothing);
  return plan::compare_trees(a ? root_of(*a) : folder_of(nowhere),
                             b ? root_of(*b) : folder_of(nowhere),
                             [&](const model::Digest& digest) {
                               return digest == nowhere ? model::TreeNode() : node(digest);
                             });
}

void Comparison::add_data_files(std::vector<model::DataDiff>& diffs) const
{
  for (model::DataDiff& diff : diffs) {
    if (diff.same) {
      continue;
    }
    try {
      diff.files = compare_data(diff.a, diff.b);
    } catch (const Error&) {
      diff.files_known = false;
    }
  }
}

// Of part of a folder, the same part. Where its files are not known, the whole folder is looked at.
std::vector<std::string> files_of(const Ports& ports, const model::RunData& data)
{
  try {
    return data.partial && data.snapshot ? list_files(ports, *data.snapshot)
                                         : std::vector<std::string>();
  } catch (const Error&) {
    return {};
  }
}

// Its code, and the run's inputs and outputs as they are now; command, parameters and metrics are
// the run's own.
model::Run look_at_working_tree(const Ports& ports, const Place& place, const model::Run& run,
                                std::uint64_t max_untracked_bytes, Look& look)
{
  model::Run now = run;
  now.id = {};
  now.name = "working tree";
  CodeRequest request;
  request.folder = place.top;
  request.max_untracked_bytes = max_untracked_bytes;
  request.stored = model::Stored::identity_only;
  request.nodes = &look.trees.nodes;
  for (const auto* list : {&run.inputs, &run.outputs}) {
    for (const model::RunData& data : *list) {
      // What only the trace found was no data yet when the code was captured.
      if (data.declared) {
        request.data_paths.push_back(plan::absolute_path(place.top, data.path));
      }
    }
  }
  for (const std::string& file : run.metric_files) {
    request.data_paths.push_back(plan::absolute_path(place.top, file));
  }
  now.code = capture_code(ports, request);
  for (auto* list : {&now.inputs, &now.outputs}) {
    for (model::RunData& data : *list) {
      const model::RunData recorded = data;
      data = {};
      data.path = recorded.path;
      if (const auto root =
              look_at_data(ports, place.top, data, &look.trees.nodes, files_of(ports, recorded))) {
        look.trees.roots.emplace(*data.snapshot, *root);
      }
    }
  }
  now.environment = ports.probe.read({run.command, run.program, place.cwd, {}, true});
  return now;
}

model::RunDiff compare(const model::Run& a, const model::Run& b, plan::List list,
                       const Comparison& files)
{
  model::RunDiff diff = plan::compare_runs(a, b, list);
  files.add_code_files(a, b, diff.code);
  files.add_data_files(diff.inputs);
  files.add_data_files(diff.outputs);
  return diff;
}

}  // namespace

model::RunDiff diff_runs(const Ports& ports, const model::Run& a, const model::Run& b,
                         plan::List list, Patch patch)
{
  return compare(a, b, list, Comparison(ports, patch, nullptr));
}

model::RunDiff diff_with_working_tree(const Ports& ports, const Place& place, const model::Run& run,
                                      const WorkingTreeOptions& options)
{
  Look look;
  look.code_top = ports.source.find_top(place.top).value_or(place.top);
  const model::Run now = look_at_working_tree(ports, place, run, options.max_untracked_bytes, look);
  model::RunDiff diff = compare(run, now, options.list, Comparison(ports, options.patch, &look));
  if (options.seen != nullptr) {
    *options.seen = std::move(look.trees);
  }
  return diff;
}

versioning::LoadNode loader(const Ports& ports, const SeenTrees& seen)
{
  return [&ports, &seen](const model::Digest& digest) {
    const auto found = seen.nodes.find(digest);
    return found != seen.nodes.end() ? format::decode_tree(found->second)
                                     : versioning::load_node(ports.data.objects, digest);
  };
}

model::SnapshotDiff diff_contents(const Ports& ports, const Content& a, const Content& b)
{
  model::SnapshotDiff diff;
  diff.a = a.id.hex();
  diff.b = b.id.hex();
  diff.same = a.id == b.id;
  if (!diff.same) {
    diff.files = plan::compare_trees(a.root, b.root, versioning::loader(ports.data.objects));
  }
  return diff;
}

model::SnapshotDiff diff_with_path(const Ports& ports, const Place& place, const Content& recorded,
                                   SeenTrees* seen)
{
  const std::string path = plan::absolute_path(place.top, recorded.path);
  SeenTrees trees;
  versioning::IngestExtras extras;
  extras.nodes = &trees.nodes;
  const auto now = versioning::ingest_path(ports.data, path, model::Stored::identity_only, extras);
  const model::Digest id = versioning::snapshot_id(ports.data.digester, now.root);
  model::SnapshotDiff diff;
  diff.a = recorded.id.hex();
  diff.b = id.hex();
  diff.same = diff.a == diff.b;
  if (!diff.same) {
    diff.files = plan::compare_trees(recorded.root, now.root, loader(ports, trees));
  }
  if (seen != nullptr) {
    trees.roots.emplace(id, now.root);
    *seen = std::move(trees);
  }
  return diff;
}

}  // namespace mlrepro::tracking
