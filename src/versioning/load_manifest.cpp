// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/versioning/load_manifest.hpp"

#include "mlrepro/format/tree_node.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::versioning {
namespace {

void load_folder(const ports::ObjectStore& objects, const model::Digest& digest,
                 const std::string& path, model::Manifest& manifest)
{
  model::TreeNode node;
  try {
    node = format::decode_tree(ports::load_object(objects, ports::ObjectKind::tree, digest));
  } catch (const model::Error& error) {
    throw model::Error(
        error.kind(),
        "folder '" + (path.empty() ? std::string(".") : path) + "': " + error.message(),
        "run 'mlrepro verify' to see what else is damaged");
  }
  for (const model::TreeEntry& entry : node.entries) {
    const std::string child = path.empty() ? entry.name : path + "/" + entry.name;
    manifest.entries.push_back({child, entry.type, entry.executable, entry.size, entry.digest});
    if (entry.type == model::EntryType::folder) {
      load_folder(objects, entry.digest, child, manifest);
    }
  }
}

}  // namespace

model::Manifest load_manifest(const ports::ObjectStore& objects, const model::TreeEntry& root)
{
  model::Manifest manifest;
  manifest.root = root;
  if (root.type == model::EntryType::folder) {
    load_folder(objects, root.digest, "", manifest);
  }
  return manifest;
}

std::string load_blob(const ports::ObjectStore& objects, const model::Digest& digest)
{
  return ports::load_object(objects, ports::ObjectKind::blob, digest);
}

}  // namespace mlrepro::versioning
