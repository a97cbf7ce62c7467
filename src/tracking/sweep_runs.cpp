// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/tracking/sweep_runs.hpp"

#include <algorithm>

#include "mlrepro/plan/sweep_progress.hpp"
#include "mlrepro/tracking/live_run.hpp"

namespace mlrepro::tracking {

std::vector<model::Run> sweep_runs(const Ports& ports, const model::Run& sweep,
                                   const SweepSort& sort)
{
  ports::RunQuery query;
  query.parent = sweep.id;
  query.order = ports::Order::oldest_first;
  std::vector<model::Run> runs = ports.runs.list(query);
  const auto progress = plan::sweep_progress(sweep.sweep->size, runs);
  if (!sort.key.empty()) {
    query.sort_key = sort.key;
    query.order = sort.order;
    runs = ports.runs.list(query);
  }
  std::vector<model::Run> last;
  for (model::Run& run : runs) {
    if (run.sweep_item && *run.sweep_item <= progress.size() &&
        progress[*run.sweep_item - 1].run == run.id) {
      last.push_back(with_live_events(ports, std::move(run)));
    }
  }
  if (sort.key.empty()) {
    std::sort(last.begin(), last.end(),
              [](const model::Run& a, const model::Run& b) { return a.sweep_item < b.sweep_item; });
  }
  return last;
}

}  // namespace mlrepro::tracking
