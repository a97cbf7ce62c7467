// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mlrepro/ports/run_intake.hpp"
#include "sqlite/database.hpp"

namespace mlrepro::sqlite {

class SqliteRunIntake final : public ports::RunIntake {
 public:
  // The database outlives this, and no other connection of this thread writes meanwhile.
  explicit SqliteRunIntake(Database& database) : database_(database) {}

  [[nodiscard]] std::optional<std::int64_t> find_experiment(const std::string& name) override;
  [[nodiscard]] ports::IntakeKnown known_run(const model::RunId& id) override;
  [[nodiscard]] ports::IntakeKnown known_model(const std::string& id) override;
  [[nodiscard]] ports::IntakeKnown known_registered_model(const std::string& name) override;
  ports::IntakeExperiment take(const model::MlflowExperiment& experiment,
                               model::Timestamp now) override;
  void take(std::span<const ports::IntakeRun> runs, const ports::IntakeCalls& calls,
            model::Timestamp now) override;
  void take(const ports::IntakeModel& model) override;
  void take(const ports::IntakeRegisteredModel& model, const model::TroubleSink& troubles) override;

 private:
  Database& database_;
};

}  // namespace mlrepro::sqlite
