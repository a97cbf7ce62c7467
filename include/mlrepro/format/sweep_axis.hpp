// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "mlrepro/model/sweep.hpp"

namespace mlrepro::format {

// More values than that are a range to draw from.
inline constexpr std::size_t k_most_axis_values = 10'000;

// One --each: "KEY=ITEM,ITEM,…" (docs/sweeps.md). An item is a text ("\," is a comma in it), whole
// numbers "1..5", numbers at a distance "0..1:0.25", or, alone on its axis, a range to draw from:
// "0.0..1.0", "1e-4..0.1:log". Throws Error{usage} that names the item.
model::SweepAxis parse_sweep_axis(const std::string& text);

// All of them; Error{usage} when two have the same key.
std::vector<model::SweepAxis> parse_sweep_axes(const std::vector<std::string>& texts);

}  // namespace mlrepro::format
