// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "mlrepro/model/code_state.hpp"
#include "mlrepro/model/snapshot.hpp"
#include "mlrepro/tracking/ports.hpp"

namespace mlrepro::tracking {

struct CodeRequest {
  std::string folder;                     // absolute, anywhere in the working tree
  std::vector<std::string> data_paths;    // absolute: inputs and outputs, which are no code
  std::uint64_t max_untracked_bytes = 0;  // a larger untracked file is named, not stored
  model::Stored stored = model::Stored::content;
  // Where not null, takes the folder nodes that the store does not have (versioning::IngestExtras).
  std::unordered_map<model::Digest, std::string>* nodes = nullptr;
};

// The working tree as it is now, stored so that it needs nothing of Git to come back. Outside a
// repository the state says so and has no digest. Warnings go to the reporter.
model::CodeState capture_code(const Ports& ports, const CodeRequest& request);

// The code of a commit, stored in the same way; absent when `revision` names none in the repository
// that the absolute `folder` lies in.
std::optional<model::CodeState> capture_commit(const Ports& ports, const std::string& folder,
                                               const std::string& revision);

}  // namespace mlrepro::tracking
