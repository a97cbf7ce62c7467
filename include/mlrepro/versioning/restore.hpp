// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mlrepro/model/manifest.hpp"
#include "mlrepro/ports/file_tree.hpp"
#include "mlrepro/versioning/ports.hpp"

namespace mlrepro::versioning {

struct RestoreRequest {
  std::string target;              // absolute; where the snapshot's root goes
  std::vector<std::string> paths;  // only these parts of it; empty: all
  ports::Existing existing = ports::Existing::refuse;
  ports::Others others = ports::Others::keep;
};

struct RestoreResult {
  std::string target;
  std::uint64_t files = 0;  // written
  std::uint64_t bytes = 0;
  std::uint64_t kept = 0;  // files that were right already
};

// Brings the content below `root` to the target: all of it, verified, or nothing. Error{not_found}
// for a part that the snapshot does not have.
RestoreResult restore(const Ports& ports, const model::TreeEntry& root,
                      const RestoreRequest& request);

}  // namespace mlrepro::versioning
