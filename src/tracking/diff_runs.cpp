// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/tracking/diff_runs.hpp"

#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/compare_manifests.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/tracking/capture_code.hpp"
#include "mlrepro/tracking/record_data.hpp"
#include "mlrepro/versioning/load_manifest.hpp"
#include "mlrepro/versioning/snapshot.hpp"

namespace mlrepro::tracking {
namespace {

using model::Error;

// Beyond this, a text diff helps nobody.
constexpr std::uint64_t k_max_text_bytes = 4'000'000;

model::TreeEntry code_root(const model::Digest& digest)
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
    const auto diff = plan::compare_manifests(
        versioning::load_manifest(ports.data.objects, code_root(*a.code.digest)),
        versioning::load_manifest(ports.data.objects, code_root(*b.code.digest)));
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

model::Manifest manifest_of(const Ports& ports, const std::optional<model::Digest>& id)
{
  model::Manifest empty;
  empty.root.type = model::EntryType::folder;
  if (!id) {
    return empty;
  }
  const auto found = ports.data.snapshots.list({id->hex(), "", 1});
  if (found.empty()) {
    throw Error(model::ErrorKind::not_found,
                "snapshot '" + id->hex().substr(0, 12) + "': not in the store");
  }
  return versioning::load_manifest(ports.data.objects, found.front().root);
}

void add_data_files(const Ports& ports, std::vector<model::DataDiff>& diffs)
{
  for (model::DataDiff& diff : diffs) {
    if (diff.same) {
      continue;
    }
    try {
      diff.files = plan::compare_manifests(manifest_of(ports, diff.a), manifest_of(ports, diff.b));
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
    diff.files = plan::compare_manifests(versioning::load_manifest(ports.data.objects, a.root),
                                         versioning::load_manifest(ports.data.objects, b.root));
  }
  return diff;
}

model::SnapshotDiff diff_with_path(const Ports& ports, const Place& place, const Content& recorded)
{
  const std::string path = plan::absolute_path(place.top, recorded.path);
  const auto now = versioning::ingest_path(ports.data, path, model::Stored::identity_only);
  model::SnapshotDiff diff;
  diff.a = recorded.id.hex();
  diff.b = versioning::snapshot_id(ports.data.digester, now.manifest.root).hex();
  diff.same = diff.a == diff.b;
  if (!diff.same) {
    diff.files = plan::compare_manifests(
        versioning::load_manifest(ports.data.objects, recorded.root), now.manifest);
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
  now.code = capture_code(ports, request);
  for (auto* list : {&now.inputs, &now.outputs}) {
    for (model::RunData& data : *list) {
      const std::string path = data.path;
      data = {};
      data.path = path;
      record_data(ports, place.top, model::Stored::content, data);
    }
  }
  now.environment = ports.probe.read({run.command, run.program, place.cwd, {}, true});
  return now;
}

}  // namespace mlrepro::tracking
