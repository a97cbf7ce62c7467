// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <string>

#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/levels.hpp"
#include "mlrepro/tracking/seal_run.hpp"

namespace mlrepro::tracking {
namespace {

// Only where the command left processes behind that hold its output open.
constexpr std::chrono::seconds k_output_patience(5);

void seal_lost_run(const Ports& ports, const model::Run& run)
{
  Ending ending;
  ending.process = ports.live.exit(run.id);
  ending.take_outputs = false;
  if (!ports.live.await_output(run.id, k_output_patience)) {
    ending.problems.emplace_back(
        "processes that the command left behind still write: later output is not kept");
  }
  ending.problems.emplace_back(
      run.sweep ? "mlrepro ended before the sweep did: run --resume goes on with it"
                : "mlrepro ended before the run's record was complete: outputs and changes of "
                  "inputs are not known");
  ending.untraced.emplace_back("mlrepro ended before the run's record was complete");
  if (!seal_run(ports, run, run.top, ending).done) {
    return;
  }
  const auto sealed = ports::find_run(ports.runs, run.id);
  ports.data.reporter.note("run " + run.name +
                           " had lost its mlrepro; its record is completed as " +
                           std::string(model::to_string(sealed ? sealed->status : run.status)));
}

void heal_run(const Ports& ports, const model::RunId& id)
{
  const auto liveness = ports.live.liveness(id);
  if (liveness && *liveness != ports::Liveness::ended) {
    return;
  }
  const auto run = ports::find_run(ports.runs, id);
  if (!liveness) {
    if (!run || run->status != model::RunStatus::running) {
      (void)ports.live.lock(id);
    }
    return;
  }
  if (run && run->status == model::RunStatus::running) {
    seal_lost_run(ports, *run);
  } else if (const auto guard = ports.live.lock(id)) {
    // Killed before the run was in the database, or after it was sealed: nothing is lost.
    if (run) {
      ports::RunEnd end;
      end.status = run->status;
      end.ended_at = run->ended_at.value_or(ports.data.clock.now());
      seal_descendants(ports, *run, end);
    }
    guard->remove();
  }
}

// A live record is made before its run is on record, and goes after the run was sealed. Where it is
// missing, the disk did not keep it: it is not synced, and the machine went down.
void heal_run_without_live_record(const Ports& ports, const model::RunId& id)
{
  if (ports.live.liveness(id)) {
    return;
  }
  const auto run = ports::find_run(ports.runs, id);
  if (!run || run->status != model::RunStatus::running) {
    return;
  }
  ports::RunEnd end;
  end.status = model::RunStatus::lost;
  end.ended_at = ports.data.clock.now();
  end.inputs = run->inputs;
  end.outputs = run->outputs;
  end.problems.emplace_back(
      run->sweep
          ? "the sweep's live record is gone, as after a loss of power: run --resume goes on "
            "with it"
          : "the run's live record is gone, as after a loss of power: what was logged, "
            "printed and written is not known");
  const plan::RecordedLevel level = plan::recorded_level(*run);
  end.recorded = level.level;
  end.missing = level.missing;
  try {
    ports.runs.seal(id, end);
  } catch (const model::Error& error) {
    if (error.kind() == model::ErrorKind::conflict) {
      return;  // another process was faster
    }
    throw;
  }
  seal_descendants(ports, *run, end);
  ports.data.reporter.note("run " + run->name + " had lost its mlrepro; it is on record as lost");
}

using Heal = void (*)(const Ports& ports, const model::RunId& id);

void heal_each(const Ports& ports, const std::vector<model::RunId>& ids, Heal heal)
{
  for (const model::RunId& id : ids) {
    try {
      heal(ports, id);
    } catch (const model::Error& error) {
      ports.data.reporter.warn("run " + id.str().substr(0, 8) +
                               " can't be completed now: " + error.message());
    }
  }
}

}  // namespace

void heal_runs(const Ports& ports)
{
  heal_each(ports, ports.live.list(), heal_run);
  heal_each(ports, ports.runs.unfinished(), heal_run_without_live_record);
}

}  // namespace mlrepro::tracking
