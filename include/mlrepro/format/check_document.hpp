// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>

#include "mlrepro/model/source_check.hpp"

namespace mlrepro::format {

// "mlrepro.check/1" (docs/query-snapshots.md). `reference` is what was asked about.
std::string checks_to_json(const std::string& reference,
                           std::span<const model::SourceCheck> checks);

}  // namespace mlrepro::format
