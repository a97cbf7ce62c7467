// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/mlflow/import.hpp"

#include <set>

#include "mlflow/import_batch.hpp"
#include "mlflow/import_state.hpp"
#include "mlflow/model_source.hpp"
#include "mlflow/version_source.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::mlflow {
namespace {

using model::ImportTrouble;

constexpr const char* k_name_tag = "mlflow.runName";
constexpr const char* k_id_tag = "mlrepro.mlflow_run_id";

// When an experiment was deleted: its last change.
model::Timestamp deletion_time(const model::MlflowExperiment& experiment, model::Timestamp now)
{
  return experiment.updated_at.value_or(experiment.created_at.value_or(now));
}

// One that was deleted with its experiment has the same time, and comes back with it.
void complete_deletion(const model::MlflowExperiment& experiment, model::Timestamp now,
                       model::MlflowRun& run)
{
  const model::Timestamp with_all = deletion_time(experiment, now);
  if (!run.deleted) {
    run.deleted_at.reset();
  } else if (experiment.deleted && run.deleted_at.value_or(with_all) >= with_all) {
    run.deleted_at = with_all;
  } else if (!run.deleted_at) {
    run.deleted_at = run.ended_at.value_or(run.started_at.value_or(now));
  }
}

class Importer {
 public:
  Importer(const ImportPorts& ports, const ImportRequest& request)
      : ports_(ports),
        request_(request),
        now_(ports.clock.now()),
        finder_(ports, request.base),
        troubles_([this](ImportTrouble trouble) { tell(std::move(trouble)); }),
        batch_(ports, result_, troubles_)
  {
    result_.source = request.source;
    result_.dry_run = request.dry_run;
  }

  model::MlflowImport import()
  {
    ports_.reporter.begin("reading " + request_.source, 0);
    for (model::MlflowExperiment& experiment : ports_.store.experiments(troubles_)) {
      take_experiment(experiment);
    }
    if (!request_.dry_run) {
      batch_.flush();
    }
    const std::size_t lost = result_.lost.size();
    for (model::MlflowRegisteredModel& model : ports_.store.registered_models(troubles_)) {
      take_registered_model(model, lost == result_.lost.size());
    }
    result_.others = ports_.store.others(troubles_);
    ports_.reporter.end();
    return std::move(result_);
  }

 private:
  void tell(ImportTrouble trouble)
  {
    auto& list = trouble.lost ? result_.lost : result_.left_out;
    list.push_back(std::move(trouble));
  }

  // Two of them may have one name: of different workspaces, or one of them deleted.
  void make_name_unique(model::MlflowExperiment& experiment)
  {
    if (!names_.insert(experiment.name).second) {
      const std::string name = experiment.name + " (" + experiment.id + ")";
      tell({"experiment", experiment.id,
            "another one is called '" + experiment.name + "': it becomes '" + name + "'", false});
      experiment.name = name;
      names_.insert(name);
    }
  }

  // Its number here; 0 where a dry run makes none.
  std::int64_t number_of(const model::MlflowExperiment& experiment)
  {
    if (request_.dry_run) {
      const auto found =
          ports_.intake != nullptr ? ports_.intake->find_experiment(experiment.name) : std::nullopt;
      ++(found ? result_.experiments.unchanged : result_.experiments.added);
      return found.value_or(0);
    }
    const ports::IntakeExperiment taken = ports_.intake->take(experiment, now_);
    ++(taken.is_new ? result_.experiments.added : result_.experiments.unchanged);
    if (taken.deleted && !experiment.deleted) {
      tell({"experiment", experiment.name,
            "it is deleted here: what is taken into it is seen when it is restored", false});
    }
    return taken.number;
  }

  void take_experiment(model::MlflowExperiment& experiment)
  {
    make_name_unique(experiment);
    if (experiment.deleted) {
      experiment.updated_at = deletion_time(experiment, now_);
    }
    const std::int64_t number = number_of(experiment);
    for (const std::string& id : ports_.store.runs(experiment, troubles_)) {
      const std::size_t lost = result_.lost.size();
      if (auto run = ports_.store.run(experiment, id, troubles_)) {
        complete_deletion(experiment, now_, *run);
        take_run(*std::move(run), number, lost);
      }
    }
    const std::size_t lost = result_.lost.size();
    auto models = ports_.store.models(experiment, troubles_);
    const bool complete = lost == result_.lost.size();
    for (model::MlflowModel& model : models) {
      take_model(std::move(model), number, complete);
    }
  }

  // Somebody may have chosen an id that is none here.
  model::RunId id_here(model::MlflowRun& run)
  {
    if (const auto id = model::RunId::parse(run.id)) {
      return *id;
    }
    run.tags.emplace(k_id_tag, run.id);
    const std::string hex = ports_.digester.digest("mlflow run " + run.id).hex();
    const auto id = model::RunId::parse(hex.substr(0, 32)).value_or(model::RunId());
    tell({"run id", run.id, "it is called " + id.str() + " here, with the tag " + k_id_tag, false});
    return id;
  }

  static bool is_known(const ports::IntakeKnown& known, const std::optional<model::Digest>& state,
                       model::MlflowImport::Tally& tally)
  {
    const bool same = known.here && state && known.state == state;
    ++(same ? tally.unchanged : known.here ? tally.changed : tally.added);
    return same;
  }

  void take_run(model::MlflowRun run, std::int64_t experiment, std::size_t lost)
  {
    ports::IntakeRun intake;
    intake.id = id_here(run);
    intake.experiment = experiment;
    if (run.name.empty()) {
      run.name = model::default_run_name(intake.id);
    }
    run.tags.insert_or_assign(k_name_tag, run.name);
    runs_.emplace(run.id, RunHere{intake.id, experiment});
    const FoundArtifacts artifacts =
        finder_.find({run.experiment, run.id, false, run.artifact_uri}, troubles_);
    if (lost == result_.lost.size()) {
      intake.state = ports_.digester.digest(state_text(run, experiment, artifacts.files));
    }
    const auto known =
        ports_.intake != nullptr ? ports_.intake->known_run(intake.id) : ports::IntakeKnown{};
    result_.running += run.status == model::RunStatus::running && !run.deleted ? 1 : 0;
    if (is_known(known, intake.state, result_.runs)) {
      return;
    }
    if (request_.dry_run) {
      count(artifacts);
      return;
    }
    intake.run = std::move(run);
    batch_.add(std::move(intake), artifacts);
  }

  void take_model(model::MlflowModel model, std::int64_t experiment, bool complete)
  {
    const std::size_t lost = result_.lost.size();
    ports::IntakeModel intake;
    intake.experiment = experiment;
    const FoundArtifacts artifacts =
        finder_.find({model.experiment, model.record.id, true, model.artifact_uri}, troubles_);
    if (const auto run = runs_.find(model.record.source_run); run != runs_.end()) {
      model.record.source_run = run->second.id.str();
    }
    models_.insert(model.record.id);
    if (complete && lost == result_.lost.size()) {
      intake.state = ports_.digester.digest(state_text(model, experiment, artifacts.files));
    }
    const auto known = ports_.intake != nullptr ? ports_.intake->known_model(model.record.id)
                                                : ports::IntakeKnown{};
    if (is_known(known, intake.state, result_.models)) {
      return;
    }
    if (request_.dry_run) {
      count(artifacts);
      return;
    }
    intake.model = std::move(model);
    batch_.add(std::move(intake), artifacts);
  }

  void count(const FoundArtifacts& found)
  {
    result_.artifacts += found.files.size();
    for (const FoundArtifact& file : found.files) {
      result_.artifact_bytes += file.bytes;
    }
  }

  void take_registered_model(model::MlflowRegisteredModel& model, bool complete)
  {
    for (model::ModelVersion& version : model.versions) {
      complete_version(version);
    }
    ports::IntakeRegisteredModel intake;
    if (complete) {
      intake.state = ports_.digester.digest(state_text(model));
    }
    const auto known = ports_.intake != nullptr
                           ? ports_.intake->known_registered_model(model.record.name)
                           : ports::IntakeKnown{};
    if (!is_known(known, intake.state, result_.registered_models) && !request_.dry_run) {
      intake.model = std::move(model);
      ports_.intake->take(intake, troubles_);
    }
  }

  void complete_version(model::ModelVersion& version)
  {
    if (const auto here = source_here(version.source, runs_, models_)) {
      version.source = *here;
    } else {
      tell({"model version", version.name + "/" + std::to_string(version.version),
            "its source is as it was, since it is the place of no run: " + version.source, false});
    }
    if (version.model_id.empty()) {
      version.model_id = logged_model_of(version.source).value_or("");
    }
    if (const auto run = runs_.find(version.run_id); run != runs_.end()) {
      version.run_id = run->second.id.str();
    }
  }

  const ImportPorts& ports_;
  const ImportRequest& request_;
  model::Timestamp now_;
  model::MlflowImport result_;
  ArtifactFinder finder_;
  model::TroubleSink troubles_;
  ImportBatch batch_;
  std::set<std::string> names_;
  RunsHere runs_;
  std::set<std::string> models_;
};

}  // namespace

model::MlflowImport import_mlflow(const ImportPorts& ports, const ImportRequest& request)
{
  return Importer(ports, request).import();
}

}  // namespace mlrepro::mlflow
