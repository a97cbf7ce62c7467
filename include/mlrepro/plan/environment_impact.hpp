// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "mlrepro/model/comparison.hpp"
#include "mlrepro/model/environment.hpp"
#include "mlrepro/model/reproduction.hpp"

namespace mlrepro::plan {

// How likely the difference of one item (plan/compare_runs.hpp) changes numbers
// (docs/reproduce.md): high for what computes (numeric packages, another Python, BLAS, GPU, seeds
// and thread counts), medium for what may, low for what packs and tests, none for the rest.
model::Impact impact_of(const model::ItemDiff& difference);

// What differs, the likeliest to change numbers first.
std::vector<model::EnvironmentDifference> rank_environment(
    const std::optional<model::Environment>& recorded,
    const std::optional<model::Environment>& replayed);

}  // namespace mlrepro::plan
