// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "mlrepro/model/manifest.hpp"
#include "mlrepro/ports/object_store.hpp"
#include "mlrepro/versioning/tree_reader.hpp"

namespace mlrepro::versioning {

// The same folder with other content for one file that it has. The content and the folders on the
// way to it go into `batch`. Error{not_found} where there is no such file.
model::TreeEntry replace_in_tree(const LoadNode& load, ports::ObjectBatch& batch,
                                 const model::TreeEntry& root, const std::string& path,
                                 std::string_view content);

}  // namespace mlrepro::versioning
