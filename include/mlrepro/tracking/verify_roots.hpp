// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "mlrepro/tracking/ports.hpp"
#include "mlrepro/tracking/resolve.hpp"
#include "mlrepro/versioning/verify.hpp"

namespace mlrepro::tracking {

// All content that the records name: snapshots, and the code, logs and artifacts of runs.
std::vector<versioning::VerifyRoot> all_roots(const Ports& ports);

// What one run, one of its paths, or a snapshot needs.
std::vector<versioning::VerifyRoot> roots_of(const Ports& ports, const Target& target);

}  // namespace mlrepro::tracking
