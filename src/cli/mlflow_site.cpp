// SPDX-License-Identifier: Apache-2.0
#include "cli/mlflow_site.hpp"

#include <optional>

#include "cli/mlflow_stores.hpp"
#include "cli/session_datasets.hpp"
#include "mlrepro/mlflow/artifacts.hpp"
#include "mlrepro/mlflow/live_artifacts.hpp"
#include "mlrepro/mlflow/live_client_runs.hpp"
#include "mlrepro/mlflow/service.hpp"
#include "posix/reopening_file_tree.hpp"
#include "posix/system_clock.hpp"
#include "sqlite/sqlite_artifact_index.hpp"
#include "sqlite/sqlite_live_search.hpp"
#include "storage/local_live_records.hpp"
#include "storage/local_object_store.hpp"

namespace mlrepro::cli {
namespace {

// What a run's clients log is as durable as what `mlrepro log` adds to it.
sqlite::Durability durability_of(const SiteOptions& options)
{
  return options.session_run ? sqlite::Durability::process : sqlite::Durability::machine;
}

storage::LocalLiveRecords::Appends appends_of(const SiteOptions& options)
{
  using Appends = storage::LocalLiveRecords::Appends;
  return options.session_run ? Appends::process : Appends::machine;
}

// The command's own data may be looked at; a path that came over the network is not.
std::unique_ptr<ports::DatasetSources> open_sources(const SiteOptions& options,
                                                    ports::Reporter& reporter)
{
  if (options.session_run) {
    return open_session_datasets(options.store, *options.session_run, reporter);
  }
  return std::make_unique<ports::NoDatasetSources>();
}

}  // namespace

struct MlflowSite::Parts {
  Parts(const SiteOptions& options, ports::Reporter& reporter)
      : session_run(options.session_run),
        sources(open_sources(options, reporter)),
        stores(options.store + "/mlrepro.db", durability_of(options)),
        objects(options.store + "/objects", options.store + "/tmp"),
        live(options.store + "/runs", appends_of(options)),
        index(stores.pool()),
        live_index(index, live, files),
        finder(stores.pool()),
        artifacts(live_index, objects, clock),
        service(ports_of(options, reporter), {options.session_run}),
        face([this](const mlflow::Request& request) { return service.handle(request); }, artifacts,
             reporter, options.face)
  {
  }

  mlflow::ServicePorts ports_of(const SiteOptions& options, ports::Reporter& reporter)
  {
    const mlflow::ServicePorts all = stores.ports(clock, reporter, *sources);
    if (options.running == nullptr) {
      return all;
    }
    const versioning::Ports& data = options.running->data;
    running.emplace(tracking::Ports{{files, data.objects, data.stat_cache, data.snapshots,
                                     data.digester, data.clock, data.reporter, data.threads},
                                    options.running->runs,
                                    options.running->live,
                                    options.running->source,
                                    options.running->processes,
                                    options.running->probe,
                                    options.running->endpoint});
    using ToldEnds = mlflow::LiveClientRuns::ToldEnds;
    live_runs = std::make_unique<mlflow::LiveClientRuns>(
        all.runs, finder, *running, options.session_run ? ToldEnds::shown : ToldEnds::ignored);
    return {all.experiments, *live_runs, all.registry, all.models,
            all.sources,     all.clock,  all.reporter};
  }

  std::optional<model::RunId> session_run;
  posix::SystemClock clock;
  std::unique_ptr<ports::DatasetSources> sources;
  MlflowStores stores;
  storage::LocalObjectStore objects;
  storage::LocalLiveRecords live;
  posix::ReopeningFileTree files;
  sqlite::SqliteArtifactIndex index;
  mlflow::LiveArtifacts live_index;
  sqlite::SqliteLiveSearch finder;
  mlflow::Artifacts artifacts;
  // What running runs are looked up by: none of their files stays open.
  std::optional<tracking::Ports> running;
  std::unique_ptr<mlflow::LiveClientRuns> live_runs;
  mlflow::Service service;
  mlflow::WebFace face;
};

MlflowSite::MlflowSite(const SiteOptions& options, ports::Reporter& reporter)
    : parts_(std::make_unique<Parts>(options, reporter))
{
}

MlflowSite::~MlflowSite() = default;

ports::RequestHandler& MlflowSite::handler()
{
  return parts_->face;
}

bool MlflowSite::is_needed() const
{
  if (!parts_->session_run) {
    return true;
  }
  const auto liveness = parts_->live.liveness(*parts_->session_run);
  return liveness && *liveness != ports::Liveness::ended;
}

}  // namespace mlrepro::cli
