// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/mlflow/export.hpp"

#include <algorithm>
#include <map>

#include "mlflow/export_run.hpp"

namespace mlrepro::mlflow {
namespace {

class Exporter {
 public:
  Exporter(const ExportPorts& ports, const ExportRequest& request)
      : ports_(ports), request_(request), server_(ports.http, ports.store.data.reporter, request_)
  {
  }

  model::ServerExport::Run bring(const model::Run& run)
  {
    model::ServerExport::Run told;
    told.id = run.id;
    told.name = run.name;
    told.experiment = request_.experiment.empty() ? run.experiment : request_.experiment;
    try {
      const auto full = ports::find_run(ports_.store.runs, run.id);
      if (!full) {
        throw model::Error(model::ErrorKind::not_found, "the run is gone");
      }
      const auto experiment = experiment_id(told.experiment);
      ExportPlace place{experiment.value_or(""), parent_id(*full, experiment)};
      ExportedRun content = content_of(ports_, *full, request_);
      RunExporter(ports_, server_, request_, told).bring(place, std::move(content));
      known_[{place.experiment, run.id}] = told.server_run;
    } catch (const ports::NoAnswer&) {
      throw;
    } catch (const ServerRefusal& refusal) {
      if (refusal.is_final()) {
        throw;
      }
      fail(told, refusal);
    } catch (const model::Error& error) {
      fail(told, error);
    }
    return told;
  }

 private:
  static void fail(model::ServerExport::Run& told, const model::Error& error)
  {
    told.state = model::ServerExport::State::incomplete;
    told.differences.push_back(error.message());
  }

  // Absent for one that a dry run does not make.
  std::optional<std::string> experiment_id(const std::string& name);
  std::string parent_id(const model::Run& run, const std::optional<std::string>& experiment);

  const ExportPorts& ports_;
  const ExportRequest& request_;
  TrackingServer server_;
  std::map<std::string, std::string> experiments_;
  std::map<std::pair<std::string, model::RunId>, std::string> known_;
};

std::optional<std::string> Exporter::experiment_id(const std::string& name)
{
  if (const auto known = experiments_.find(name); known != experiments_.end()) {
    return known->second;
  }
  const auto find = [&]() -> std::optional<Json> {
    try {
      return object_of(server_.get("experiments/get-by-name", {{"experiment_name", name}}),
                       "experiment");
    } catch (const ServerRefusal& refusal) {
      if (refusal.status() != 404 || refusal.is_final()) {
        throw;
      }
      return std::nullopt;
    }
  };
  auto found = find();
  if (found && text_of(*found, "lifecycle_stage") == "deleted") {
    throw model::Error(model::ErrorKind::conflict,
                       "experiment '" + name +
                           "' was deleted there; restore it, or choose another"
                           " one with --experiment");
  }
  if (!found && request_.dry_run) {
    return std::nullopt;
  }
  if (!found) {
    found = server_.create("experiments/create", {{"name", name}}, find);
  }
  return experiments_[name] = text_of(*found, "experiment_id");
}

std::string Exporter::parent_id(const model::Run& run, const std::optional<std::string>& experiment)
{
  if (!run.parent || !experiment) {
    return "";
  }
  const auto place = std::pair(*experiment, *run.parent);
  const auto known = known_.find(place);
  if (known != known_.end()) {
    return known->second;
  }
  const auto found = find_run(server_, *experiment, run.parent->str());
  return known_[place] = found ? found->id : "";
}

}  // namespace

model::ServerExport export_runs(const ExportPorts& ports, std::vector<model::Run> runs,
                                const ExportRequest& request)
{
  for (const model::Run& run : runs) {
    if (run.status == model::RunStatus::running) {
      throw model::Error(model::ErrorKind::conflict, "run '" + run.name + "': it still runs",
                         "export it when it has ended");
    }
  }
  // Parents begin before their children.
  std::stable_sort(runs.begin(), runs.end(), [](const model::Run& a, const model::Run& b) {
    return a.started_at < b.started_at;
  });
  model::ServerExport result;
  result.location = request.address;
  result.dry_run = request.dry_run;
  Exporter exporter(ports, request);
  for (const model::Run& run : runs) {
    result.runs.push_back(exporter.bring(run));
  }
  return result;
}

}  // namespace mlrepro::mlflow
