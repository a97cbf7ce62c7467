// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "mlrepro/model/run_record.hpp"
#include "mlrepro/model/snapshot.hpp"
#include "mlrepro/ports/object_collector.hpp"

namespace mlrepro::sharing {

// The stored content that a record leads to.
std::vector<ports::ContentRoot> roots_of(const model::RunRecord& record);
// None where only its identity is known.
std::vector<ports::ContentRoot> roots_of(const model::Snapshot& snapshot);

}  // namespace mlrepro::sharing
