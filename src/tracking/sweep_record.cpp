// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/sweep_template.hpp"
#include "mlrepro/tracking/sweep.hpp"
#include "tracking/run_preparation.hpp"

namespace mlrepro::tracking {
namespace {

using model::Error;
using model::ErrorKind;

// What its runs have in common: data is theirs, and so are parameters that a placeholder is in.
RunRequest shared_part(const RunRequest& request)
{
  RunRequest shared = request;
  shared.outputs.clear();
  shared.metric_files.clear();
  shared.scalars = {};
  shared.trace = false;
  shared.strict = Strict::yes;
  std::erase_if(shared.inputs,
                [](const std::string& input) { return !plan::placeholders_in(input).empty(); });
  return shared;
}

}  // namespace

model::Run begin_sweep(const Ports& ports, const RunRequest& request, const model::Sweep& sweep)
{
  RunRequest shared = shared_part(request);
  const auto program = ports.processes.find_program(request.command.front(), request.cwd);
  RunPreparation preparation(ports, shared);
  preparation.check_request();
  shared.inputs.clear();  // each run records what it reads
  const auto hold = ports.data.objects.hold();
  model::Run run = preparation.prepare(program.value_or(""));
  std::erase_if(run.params, [](const auto& param) {
    return !plan::placeholders_in(param.second.value).empty();
  });
  run.sweep = sweep;
  run.started_at = ports.data.clock.now();
  (void)ports.live.create(run.id);
  ports.runs.insert(run);
  return run;
}

void reopen_sweep(const Ports& ports, const model::Run& parent)
{
  if (ports.live.liveness(parent.id) || parent.status == model::RunStatus::running) {
    throw Error(ErrorKind::conflict, "sweep " + parent.name + " is running",
                "go on with it when it has ended; mlrepro show " + parent.name + " tells");
  }
  (void)ports.live.create(parent.id);
  try {
    ports.runs.reopen(parent.id, ports.data.clock.now());
  } catch (const Error& error) {
    if (const auto guard = ports.live.lock(parent.id)) {
      guard->remove();
    }
    throw;
  }
}

}  // namespace mlrepro::tracking
