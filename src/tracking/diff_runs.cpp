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

std::string text_of(const Ports& ports, const std::optional<model::ManifestEntry>& entry)
{
  return entry && entry->type != model::EntryType::folder
             ? versioning::load_blob(ports.data.objects, entry->digest)
             : std::string();
}

model::CodeFileDiff compare_file(const Ports& ports, const model::FileChange& change, Patch patch)
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
  const auto text = ports.source.compare_text(change.path, text_of(ports, change.before),
                                              text_of(ports, change.after));
  if (!text.binary) {
    file.added_lines = text.added_lines;
    file.removed_lines = text.removed_lines;
  }
  if (patch == Patch::yes) {
    file.patch = text.text;
  }
  return file;
}

void add_code_files(const Ports& ports, const model::Run& a, const model::Run& b, Patch patch,
                    model::CodeDiff& code)
{
  if (!code.comparable || a.code.digest == b.code.digest) {
    return;
  }
  try {
    const auto diff = plan::compare_trees(folder_of(*a.code.digest), folder_of(*b.code.digest),
                                          versioning::loader(ports.data.objects));
    for (const auto* changes : {&diff.added, &diff.removed, &diff.changed}) {
      for (const model::FileChange& change : *changes) {
        code.files.push_back(compare_file(ports, change, patch));
      }
    }
  } catch (const Error& error) {
    ports.data.reporter.warn("the code can't be compared by file: " + error.message());
    code.comparable = false;
  }
}

// Throws Error{not_found} for data of which only the identity is recorded.
model::TreeEntry root_of(const Ports& ports, const model::Digest& id)
{
  const auto found = ports.data.snapshots.list({id.hex(), "", 1});
  if (found.empty()) {
    throw Error(model::ErrorKind::not_found,
                "snapshot '" + id.hex().substr(0, 12) + "': not in the store");
  }
  return found.front().root;
}

model::ManifestDiff compare_data(const Ports& ports, const std::optional<model::Digest>& a,
                                 const std::optional<model::Digest>& b)
{
  // Where a side has nothing, it compares as an empty folder.
  const std::string nothing = format::encode_tree({});
  const model::Digest nowhere =
      ports.data.digester.digest(std::string(format::k_tree_prefix) + nothing);
  return plan::compare_trees(
      a ? root_of(ports, *a) : folder_of(nowhere), b ? root_of(ports, *b) : folder_of(nowhere),
      [&](const model::Digest& digest) {
        return digest == nowhere ? model::TreeNode()
                                 : versioning::load_node(ports.data.objects, digest);
      });
}

void add_data_files(const Ports& ports, std::vector<model::DataDiff>& diffs)
{
  for (model::DataDiff& diff : diffs) {
    if (diff.same) {
      continue;
    }
    try {
      diff.files = compare_data(ports, diff.a, diff.b);
    } catch (const Error&) {
      diff.files_known = false;
    }
  }
}

}  // namespace

model::RunDiff diff_runs(const Ports& ports, const model::Run& a, const model::Run& b,
                         plan::List list, Patch patch)
{
  model::RunDiff diff = plan::compare_runs(a, b, list);
  add_code_files(ports, a, b, patch, diff.code);
  add_data_files(ports, diff.inputs);
  add_data_files(ports, diff.outputs);
  return diff;
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

model::SnapshotDiff diff_with_path(const Ports& ports, const Place& place, const Content& recorded)
{
  const std::string path = plan::absolute_path(place.top, recorded.path);
  std::unordered_map<model::Digest, std::string> nodes;
  versioning::IngestExtras extras;
  extras.nodes = &nodes;
  const auto now = versioning::ingest_path(ports.data, path, model::Stored::identity_only, extras);
  model::SnapshotDiff diff;
  diff.a = recorded.id.hex();
  diff.b = versioning::snapshot_id(ports.data.digester, now.root).hex();
  diff.same = diff.a == diff.b;
  if (!diff.same) {
    diff.files = plan::compare_trees(recorded.root, now.root, [&](const model::Digest& digest) {
      const auto node = nodes.find(digest);
      return node != nodes.end() ? format::decode_tree(node->second)
                                 : versioning::load_node(ports.data.objects, digest);
    });
  }
  return diff;
}

model::Run working_tree_as_run(const Ports& ports, const Place& place, const model::Run& run,
                               std::uint64_t max_untracked_bytes)
{
  model::Run now = run;
  now.id = {};
  now.name = "working tree";
  CodeRequest request;
  request.folder = place.top;
  request.max_untracked_bytes = max_untracked_bytes;
  for (const auto* list : {&run.inputs, &run.outputs}) {
    for (const model::RunData& data : *list) {
      request.data_paths.push_back(plan::absolute_path(place.top, data.path));
    }
  }
  for (const std::string& file : run.metric_files) {
    request.data_paths.push_back(plan::absolute_path(place.top, file));
  }
  const auto take = [&](model::Stored stored) {
    request.stored = stored;
    now.code = capture_code(ports, request);
    for (auto* list : {&now.inputs, &now.outputs}) {
      for (model::RunData& data : *list) {
        const std::string path = data.path;
        data = {};
        data.path = path;
        record_data(ports, place.top, stored, data);
      }
    }
  };
  // Stored, so that it can be compared file by file; where the store can't be written, as a whole.
  try {
    take(model::Stored::content);
  } catch (const Error& error) {
    if (error.kind() != model::ErrorKind::io) {
      throw;
    }
    ports.data.reporter.warn("the working tree is compared as a whole, not by file: " +
                             error.message());
    take(model::Stored::identity_only);
  }
  now.environment = ports.probe.read({run.command, run.program, place.cwd, {}, true});
  return now;
}

}  // namespace mlrepro::tracking
