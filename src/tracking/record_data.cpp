// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/tracking/record_data.hpp"

#include "mlrepro/plan/paths.hpp"
#include "mlrepro/versioning/snapshot.hpp"

namespace mlrepro::tracking {

bool record_data(const Ports& ports, const std::string& top, model::Stored stored,
                 model::RunData& data)
{
  const std::string path = plan::absolute_path(top, data.path);
  if (!ports.data.files.stat(path, ports::FollowLinks::yes)) {
    return false;
  }
  model::TreeEntry root;
  if (stored == model::Stored::content) {
    const model::Snapshot snapshot =
        versioning::take_snapshot(ports.data, {path, data.path, "", model::Stored::content});
    root = snapshot.root;
    data.snapshot = snapshot.id;
  } else {
    root = versioning::ingest_path(ports.data, path, model::Stored::identity_only).root;
    data.snapshot = versioning::snapshot_id(ports.data.digester, root);
  }
  data.stored = stored == model::Stored::content;
  data.digest = root.digest;
  data.files = root.files;
  data.bytes = root.size;
  return true;
}

}  // namespace mlrepro::tracking
