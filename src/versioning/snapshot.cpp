// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/versioning/snapshot.hpp"

#include "mlrepro/format/pointer_file.hpp"
#include "mlrepro/format/tree_node.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::versioning {
namespace {

// A run's data that a query once returned keeps saying so: its record tells where the rows came
// from wherever it goes, also without the snapshot that was taken of the query.
void copy_source(const Ports& ports, model::Snapshot& snapshot)
{
  auto queries = ports.snapshots.list({snapshot.id.hex(), "", 1, true});
  if (!queries.empty()) {
    snapshot.source_kind = std::move(queries.front().source_kind);
    snapshot.source_uri = std::move(queries.front().source_uri);
    snapshot.source_query = std::move(queries.front().source_query);
    snapshot.result = std::move(queries.front().result);
  }
}

}  // namespace

model::Digest snapshot_id(const ports::Digester& digester, const model::TreeEntry& root)
{
  return digester.digest(std::string(format::k_snapshot_prefix) + format::encode_root(root));
}

Ingested take_content(const Ports& ports, const SnapshotRequest& request,
                      const IngestExtras& extras)
{
  if (request.files.empty()) {
    return ingest_path(ports, request.path, request.stored, extras);
  }
  FileList list;
  list.top = ports.files.resolve(request.path);
  list.paths = request.files;
  list.cache_mark = "//files";
  Ingested ingested = ingest_files(ports, list, request.stored, extras);
  for (const model::Omission& omission : ingested.omitted) {
    if (ports.files.stat(list.top + "/" + omission.path, ports::FollowLinks::no)) {
      throw model::Error(model::ErrorKind::io, omission.reason);
    }
  }
  return ingested;
}

model::Snapshot take_snapshot(const Ports& ports, const SnapshotRequest& request)
{
  const auto hold = ports.objects.hold();
  IngestExtras extras;
  if (!request.recorded.empty()) {
    const auto before = ports.snapshots.list({"", request.recorded, 1});
    extras.previous = before.empty() ? std::nullopt : std::optional(before.front().root);
  }
  const Ingested ingested = take_content(ports, request, extras);
  model::Snapshot snapshot;
  snapshot.id = snapshot_id(ports.digester, ingested.root);
  snapshot.name = request.name;
  snapshot.path = request.recorded;
  snapshot.created_at = ports.clock.now();
  snapshot.root = ingested.root;
  snapshot.stored_bytes = ingested.stored_bytes;
  snapshot.new_bytes = ingested.new_bytes;
  snapshot.stored = request.stored;
  snapshot.run = request.run;
  if (request.run) {
    copy_source(ports, snapshot);
  }
  ports.snapshots.record(snapshot);
  return snapshot;
}

std::string write_pointer(const Ports& ports, const std::string& path,
                          const model::Snapshot& snapshot)
{
  const std::string name = path + std::string(format::k_pointer_suffix);
  const std::string text = format::encode_pointer(
      {snapshot.id, snapshot.root.digest, snapshot.root.files, snapshot.root.size});
  if (ports.files.stat(name, ports::FollowLinks::no)) {
    const std::string old = ports::read_file(ports.files, name);
    if (old == text) {
      return name;
    }
    if (!format::looks_like_pointer(old)) {
      throw model::Error(model::ErrorKind::conflict,
                         "file '" + name + "' is no pointer file of mlrepro",
                         "move it away, or leave the pointer file out with --no-pointer");
    }
  }
  ports.files.write_file(name, text);
  return name;
}

}  // namespace mlrepro::versioning
