// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "mlrepro/model/manifest.hpp"
#include "mlrepro/ports/file_tree.hpp"
#include "mlrepro/versioning/ports.hpp"

namespace mlrepro::versioning {

// How files come to their content.
enum class Link {
  automatic,  // shared blocks where that costs nothing, else a copy
  copy,       // also of a file that is right already, but shared with the store
  reflink,
  hardlink,  // read-only, and shared with every other target
};

struct RestoreRequest {
  std::string target;              // absolute; where the snapshot's root goes
  std::vector<std::string> paths;  // only these parts of it; empty: all
  ports::Existing existing = ports::Existing::refuse;
  ports::Others others = ports::Others::keep;
  Link link = Link::automatic;
  // What is copied of a file is read through what this makes of its content; empty: as it is.
  std::function<std::unique_ptr<ports::ByteSource>(std::unique_ptr<ports::ByteSource>)> through =
      {};
};

struct RestoreResult {
  std::string target;
  std::uint64_t files = 0;  // written
  std::uint64_t bytes = 0;
  std::uint64_t kept = 0;    // files that were right already
  std::uint64_t linked = 0;  // files that share their content with the store, not counted above
};

// Brings the content below `root` to the target: all of it, verified, or nothing. Error{not_found}
// for a part that the snapshot does not have, Error{usage} where links are wanted and can't be.
RestoreResult restore(const Ports& ports, const model::TreeEntry& root,
                      const RestoreRequest& request);

}  // namespace mlrepro::versioning
