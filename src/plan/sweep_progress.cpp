// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/sweep_progress.hpp"

#include <algorithm>

#include "mlrepro/plan/sweep_grid.hpp"

namespace mlrepro::plan {
namespace {

constexpr int k_signal_base = 128;
constexpr int k_unknown_failure = 1;

}  // namespace

ItemState state_of(const model::Run& run)
{
  switch (run.status) {
    case model::RunStatus::running:
      return ItemState::running;
    case model::RunStatus::finished:
      return ItemState::finished;
    case model::RunStatus::lost:
      return ItemState::interrupted;
    case model::RunStatus::failed:
    case model::RunStatus::killed:
      break;
  }
  return run.stopped_by ? ItemState::interrupted : ItemState::failed;
}

std::vector<ItemProgress> sweep_progress(std::uint64_t size, const std::vector<model::Run>& runs)
{
  size = std::min(size, k_most_sweep_runs);  // a record that came from elsewhere may say anything
  std::vector<const model::Run*> sorted;
  for (const model::Run& run : runs) {
    if (run.sweep_item && *run.sweep_item >= 1 && *run.sweep_item <= size) {
      sorted.push_back(&run);
    }
  }
  std::stable_sort(sorted.begin(), sorted.end(), [](const model::Run* a, const model::Run* b) {
    return a->started_at < b->started_at;
  });
  std::vector<ItemProgress> items(size);
  for (const model::Run* run : sorted) {
    ItemProgress& item = items[*run->sweep_item - 1];
    item.state = state_of(*run);
    item.run = run->id;
    ++item.attempts;
  }
  return items;
}

int exit_code_of(const model::Run& run)
{
  if (run.status == model::RunStatus::finished) {
    return 0;
  }
  if (run.signal) {
    return k_signal_base + *run.signal;
  }
  return run.exit_code && *run.exit_code != 0 ? *run.exit_code : k_unknown_failure;
}

}  // namespace mlrepro::plan
