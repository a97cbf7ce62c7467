// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/manifest.hpp"
#include "mlrepro/model/verification.hpp"
#include "mlrepro/versioning/ports.hpp"

namespace mlrepro::versioning {

// Content that something needs: a snapshot, a run's code, a log.
struct VerifyRoot {
  model::TreeEntry entry;
  std::string label;  // the path that its content is listed under
  std::optional<model::Digest> snapshot;
  std::vector<model::RunId> runs;
};

enum class Extent {
  everything,  // all stored objects, needed or not
  roots_only,
};

// Reads every object again and compares it with its name.
model::Verification verify(const Ports& ports, const std::vector<VerifyRoot>& roots, Extent extent);

}  // namespace mlrepro::versioning
