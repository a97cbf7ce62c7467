// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "mlrepro/model/run.hpp"
#include "mlrepro/plan/sweep_grid.hpp"
#include "mlrepro/ports/job_control.hpp"
#include "mlrepro/tracking/follow_output.hpp"
#include "mlrepro/tracking/ports.hpp"
#include "mlrepro/tracking/run_command.hpp"

namespace mlrepro::tracking {

// A run of a sweep that is about to start: what its own mlrepro is told.
struct SweepStart {
  std::uint64_t item = 0;
  model::RunId id;
  std::string name;
};

struct SweepEnd {
  std::uint64_t item = 0;
  std::optional<model::Run> run;  // absent when nothing is on record of it
  int exit_code = 0;              // as a shell has it
};

class SweepObserver {
 public:
  SweepObserver() = default;
  SweepObserver(const SweepObserver&) = delete;
  SweepObserver& operator=(const SweepObserver&) = delete;
  virtual ~SweepObserver() = default;

  virtual void started(const SweepStart& start) = 0;
  // A run of an earlier sitting still goes on, and is waited for.
  virtual void adopted(std::uint64_t item, const model::Run& run) = 0;
  // Only where the output is followed.
  virtual void output(std::uint64_t item, const OutputPiece& piece) = 0;
  virtual void ended(const SweepEnd& end) = 0;
};

// The parent is on record as running and outlives the work.
struct SweepWork {
  const model::Run& parent;
  const plan::SweepGrid& grid;
  std::uint64_t jobs = 1;
  bool retry_failed = false;
  bool stop_on_failure = false;
  bool follow_output = false;
  std::function<ports::JobRequest(const SweepStart&)> job;
};

// How many of a sweep's runs are where.
struct SweepCounts {
  std::uint64_t finished = 0;
  std::uint64_t failed = 0;
  std::uint64_t interrupted = 0;
  std::uint64_t waiting = 0;
};

struct SweepResult {
  model::Run parent;  // sealed
  SweepCounts counts;
  int exit_code = 0;              // the greatest of its runs
  std::optional<int> stopped_by;  // the signal that ended it
};

// Puts a sweep on record as a running run, with the code and the parameters that all its runs
// share. Throws Error as `run_command` does with Strict::yes.
model::Run begin_sweep(const Ports& ports, const RunRequest& request, const model::Sweep& sweep);

// Puts an ended sweep back on record as running. Error{conflict} when it is running.
void reopen_sweep(const Ports& ports, const model::Run& parent);

// Runs what is left of a sweep and seals its record. What is finished stays; what failed does, too,
// unless asked otherwise; what was interrupted, or never started, runs. What still runs is waited
// for.
SweepResult run_sweep(const Ports& ports, ports::JobControl& jobs, const SweepWork& work,
                      SweepObserver& observer);

}  // namespace mlrepro::tracking
