// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mlrepro/model/digest.hpp"
#include "mlrepro/model/metric.hpp"
#include "mlrepro/model/mlflow_store.hpp"
#include "mlrepro/model/run.hpp"

namespace mlrepro::ports {

// What is taken over from elsewhere. `state` says what it was there, so that who comes again can
// tell whether something changed; absent where not all of it could be read.
struct IntakeRun {
  model::RunId id;
  std::int64_t experiment = 0;
  model::MlflowRun run;
  std::vector<model::Artifact> artifacts;  // their content is stored and held
  std::optional<model::Digest> state;
};

struct IntakeModel {
  std::int64_t experiment = 0;
  model::MlflowModel model;
  std::vector<model::Artifact> artifacts;
  std::optional<model::Digest> state;
};

struct IntakeRegisteredModel {
  model::MlflowRegisteredModel model;
  std::optional<model::Digest> state;
};

struct IntakeExperiment {
  std::int64_t number = 0;
  bool is_new = false;
  bool deleted = false;  // here
};

// Whether a record is here, and what it was when it was taken.
struct IntakeKnown {
  bool here = false;
  std::optional<model::Digest> state;
};

// What is asked for while runs are taken, in the transaction.
struct IntakeCalls {
  std::function<std::vector<model::MetricPoint>(const IntakeRun&, const std::string& key)> points;
  // When the points were read: whether they were all there were.
  std::function<bool(const IntakeRun&)> is_complete;
  model::TroubleSink troubles;
};

// Records that other trackers made, taken into the store: the same records that clients make who
// log here. Every method that writes is one transaction, durable when it returns. What is here
// already is added to and nothing is taken away; what contradicts it goes to `troubles`.
class RunIntake {
 public:
  RunIntake() = default;
  RunIntake(const RunIntake&) = delete;
  RunIntake& operator=(const RunIntake&) = delete;
  virtual ~RunIntake() = default;

  [[nodiscard]] virtual std::optional<std::int64_t> find_experiment(const std::string& name) = 0;
  [[nodiscard]] virtual IntakeKnown known_run(const model::RunId& id) = 0;
  [[nodiscard]] virtual IntakeKnown known_model(const std::string& id) = 0;
  [[nodiscard]] virtual IntakeKnown known_registered_model(const std::string& name) = 0;

  // Makes the experiment where there is none of its name, under its own number where that is free.
  virtual IntakeExperiment take(const model::MlflowExperiment& experiment,
                                model::Timestamp now) = 0;
  // All of them, or none but those that clash with what is here.
  virtual void take(std::span<const IntakeRun> runs, const IntakeCalls& calls,
                    model::Timestamp now) = 0;
  virtual void take(const IntakeModel& model) = 0;
  virtual void take(const IntakeRegisteredModel& model, const model::TroubleSink& troubles) = 0;
};

}  // namespace mlrepro::ports
