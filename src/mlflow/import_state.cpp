// SPDX-License-Identifier: Apache-2.0
#include "mlflow/import_state.hpp"

#include "mlflow/fields.hpp"
#include "mlflow/json_text.hpp"

namespace mlrepro::mlflow {
namespace {

// Counted up when more of a store is taken: what was taken before then comes once more.
constexpr int k_version = 1;

Json time_json(const std::optional<model::Timestamp>& time)
{
  return time ? Json(time->ms) : Json(nullptr);
}

Json artifacts_json(const std::vector<FoundArtifact>& artifacts)
{
  Json list = Json::array();
  for (const FoundArtifact& artifact : artifacts) {
    list.push_back({artifact.path, artifact.bytes, artifact.mtime_ns});
  }
  return list;
}

Json links_json(const std::vector<model::ModelLink>& links)
{
  Json list = Json::array();
  for (const model::ModelLink& link : links) {
    list.push_back({link.model_id, link.step});
  }
  return list;
}

Json dataset_json(const model::DatasetLink& link)
{
  const model::LoggedDataset& dataset = link.dataset;
  return {dataset.name,   dataset.fingerprint,         dataset.source_type,
          dataset.source, dataset.schema.value_or(""), dataset.profile.value_or(""),
          link.tags};
}

Json version_json(const model::ModelVersion& version)
{
  return {version.version,       version.source,        version.run_id, version.run_link,
          version.model_id,      version.description,   version.user,   version.stage,
          version.created_at.ms, version.updated_at.ms, version.tags};
}

}  // namespace

std::string state_text(const model::MlflowRun& run, std::int64_t experiment,
                       const std::vector<FoundArtifact>& artifacts)
{
  Json series = Json::array();
  for (const model::MlflowSeries& metric : run.metrics) {
    series.push_back({metric.key, metric.extent});
  }
  Json datasets = Json::array();
  for (const model::DatasetLink& link : run.datasets) {
    datasets.push_back(dataset_json(link));
  }
  return json_text({k_version, experiment, run.name, run.user, std::string(to_string(run.status)),
                    run.deleted, time_json(run.started_at), time_json(run.ended_at),
                    time_json(run.deleted_at), run.params, run.tags, std::move(series),
                    std::move(datasets), links_json(run.models_read), links_json(run.models_made),
                    artifacts_json(artifacts)});
}

std::string state_text(const model::MlflowModel& model, std::int64_t experiment,
                       const std::vector<FoundArtifact>& artifacts)
{
  const model::LoggedModel& record = model.record;
  Json metrics = Json::array();
  for (const model::ModelMetric& metric : record.metrics) {
    metrics.push_back({metric.key, number_json(metric.value), metric.step, metric.time.ms,
                       metric.run, metric.dataset_name, metric.dataset_fingerprint});
  }
  return json_text({k_version, experiment, record.name, record.model_type, record.source_run,
                    static_cast<int>(record.status), record.created_at.ms, record.updated_at.ms,
                    model.deleted, record.params, record.tags, std::move(metrics),
                    artifacts_json(artifacts)});
}

std::string state_text(const model::MlflowRegisteredModel& model)
{
  Json versions = Json::array();
  for (const model::ModelVersion& version : model.versions) {
    versions.push_back(version_json(version));
  }
  const model::RegisteredModel& record = model.record;
  return json_text({k_version, record.description, record.created_at.ms, record.updated_at.ms,
                    record.tags, record.aliases, std::move(versions)});
}

}  // namespace mlrepro::mlflow
