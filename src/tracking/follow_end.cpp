// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/tracking/follow_end.hpp"

#include "mlrepro/model/error.hpp"
#include "mlrepro/tracking/seal_run.hpp"

namespace mlrepro::tracking {

std::optional<model::Run> EndWatch::find_ended() const
{
  const auto liveness = ports_.live.liveness(id_);
  if (liveness && *liveness != ports::Liveness::ended) {
    return std::nullopt;
  }
  auto run = ports::find_run(ports_.runs, id_);
  if (run && run->status == model::RunStatus::running && liveness) {
    heal_runs(ports_);
    run = ports::find_run(ports_.runs, id_);
  }
  if (!run) {
    throw model::Error(model::ErrorKind::not_found,
                       "run " + id_.str().substr(0, 8) + ": forgotten while it was followed");
  }
  return run;
}

}  // namespace mlrepro::tracking
