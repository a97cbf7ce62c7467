// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/tracking/record_data.hpp"

#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/versioning/snapshot.hpp"
#include "mlrepro/versioning/tree_reader.hpp"

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
                 model::RunData& data, const std::vector<std::string>& files)
{
  if (stored == model::Stored::identity_only) {
    return look_at_data(ports, owner.top, data, nullptr, files).has_value();
  }
  const std::string path = plan::absolute_path(owner.top, data.path);
  if (!is_there(ports, path)) {
    return false;
  }
  const model::Snapshot snapshot = versioning::take_snapshot(
      ports.data, {path, data.path, "", model::Stored::content, owner.run, files});
  describe(snapshot.root, snapshot.id, true, data);
  return true;
}

std::optional<model::TreeEntry> look_at_data(const Ports& ports, const std::string& top,
                                             model::RunData& data,
                                             std::unordered_map<model::Digest, std::string>* nodes,
                                             const std::vector<std::string>& files)
{
  const std::string path = plan::absolute_path(top, data.path);
  if (!is_there(ports, path)) {
    return std::nullopt;
  }
  const model::TreeEntry root =
      versioning::take_content(
          ports.data, {path, data.path, "", model::Stored::identity_only, std::nullopt, files},
          {std::nullopt, nodes})
          .root;
  describe(root, versioning::snapshot_id(ports.data.digester, root), false, data);
  return root;
}

std::vector<std::string> list_files(const Ports& ports, const model::Digest& snapshot)
{
  const auto found = ports::find_snapshot(ports.data.snapshots, snapshot);
  if (!found) {
    throw model::Error(model::ErrorKind::not_found,
                       "snapshot '" + snapshot.hex().substr(0, 12) + "': not in the store");
  }
  std::vector<std::string> files;
  versioning::walk_tree(versioning::loader(ports.data.objects), found->root,
                        [&](const std::string& path, const model::TreeEntry& entry) {
                          if (entry.type != model::EntryType::folder) {
                            files.push_back(path);
                          }
                          return true;
                        });
  return files;
}

}  // namespace mlrepro::tracking
