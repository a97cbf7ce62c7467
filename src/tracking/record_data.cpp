// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/tracking/record_data.hpp"

#include "mlrepro/plan/paths.hpp"
#include "mlrepro/versioning/snapshot.hpp"

namespace mlrepro::tracking {
namespace {

bool is_there(const Ports& ports, const std::string& path)
{
  return ports.data.files.stat(path, ports::FollowLinks::yes).has_value();
}

void describe(const model::TreeEntry& root, const model::Digest& snapshot, bool stored,
              model::RunData& data)
{
  data.snapshot = snapshot;
  data.stored = stored;
  data.digest = root.digest;
  data.files = root.files;
  data.bytes = root.size;
}

}  // namespace

bool record_data(const Ports& ports, const DataOwner& owner, model::Stored stored,
                 model::RunData& data)
{
  if (stored == model::Stored::identity_only) {
    return look_at_data(ports, owner.top, data).has_value();
  }
  const std::string path = plan::absolute_path(owner.top, data.path);
  if (!is_there(ports, path)) {
    return false;
  }
  const model::Snapshot snapshot = versioning::take_snapshot(
      ports.data, {path, data.path, "", model::Stored::content, owner.run});
  describe(snapshot.root, snapshot.id, true, data);
  return true;
}

std::optional<model::TreeEntry> look_at_data(const Ports& ports, const std::string& top,
                                             model::RunData& data,
                                             std::unordered_map<model::Digest, std::string>* nodes)
{
  const std::string path = plan::absolute_path(top, data.path);
  if (!is_there(ports, path)) {
    return std::nullopt;
  }
  const model::TreeEntry root =
      versioning::ingest_path(ports.data, path, model::Stored::identity_only, {std::nullopt, nodes})
          .root;
  describe(root, versioning::snapshot_id(ports.data.digester, root), false, data);
  return root;
}

}  // namespace mlrepro::tracking
