// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/sweep_options.hpp"
#include "mlrepro/plan/sweep_grid.hpp"
#include "mlrepro/tracking/run_command.hpp"

// What a sweep makes of the request of `run` that it was started with.
namespace mlrepro::cli {

plan::SweepGrid grid_of(const SweepOptions& options, const tracking::RunRequest& request);

// Error{usage} for placeholders and options that don't fit, and for files that several of the runs
// that go on at once would write.
void check_sweep_request(const SweepOptions& options, const plan::SweepGrid& grid,
                         const tracking::RunRequest& request, std::uint64_t jobs);

// What the runs of the sweep read and write, each path once: none of it is code of any of them.
std::vector<std::string> all_data(const plan::SweepGrid& grid, const tracking::RunRequest& request);

// With --sweep-run, makes `request` that of one run of the sweep; else nothing.
void become_sweep_run(const SweepOptions& options, tracking::RunRequest& request);

}  // namespace mlrepro::cli
