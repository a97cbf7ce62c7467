// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mlrepro/model/comparison.hpp"
#include "mlrepro/model/manifest.hpp"

namespace mlrepro::plan {

model::ManifestDiff compare_manifests(const model::Manifest& a, const model::Manifest& b);

}  // namespace mlrepro::plan
