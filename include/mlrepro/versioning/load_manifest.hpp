// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mlrepro/model/manifest.hpp"
#include "mlrepro/ports/object_store.hpp"

namespace mlrepro::versioning {

// Every entry below `root`. Throws Error{not_found} or Error{corrupt} naming the folder whose node
// is missing or damaged.
model::Manifest load_manifest(const ports::ObjectStore& objects, const model::TreeEntry& root);

// The content of a file or link of a manifest.
std::string load_blob(const ports::ObjectStore& objects, const model::Digest& digest);

}  // namespace mlrepro::versioning
