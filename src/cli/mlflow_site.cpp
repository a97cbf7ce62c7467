// SPDX-License-Identifier: Apache-2.0
#include "cli/mlflow_site.hpp"

#include "cli/mlflow_stores.hpp"
#include "cli/session_datasets.hpp"
#include "crypto/sha256.hpp"
#include "mlrepro/mlflow/artifacts.hpp"
#include "mlrepro/mlflow/service.hpp"
#include "mlrepro/tracking/run_dataset_sources.hpp"
#include "posix/local_file_tree.hpp"
#include "posix/system_clock.hpp"
#include "sqlite/sqlite_artifact_index.hpp"
#include "sqlite/sqlite_snapshot_store.hpp"
#include "storage/local_live_records.hpp"
#include "storage/local_object_store.hpp"
#include "storage/local_stat_cache.hpp"

namespace mlrepro::cli {
namespace {

// What a run's clients log is as durable as what `mlrepro log` adds to it.
sqlite::Durability durability_of(const SiteOptions& options)
{
  return options.session_run ? sqlite::Durability::process : sqlite::Durability::machine;
}

}  // namespace

// The snapshots of what a run's command logs as its data, over a connection of their own.
struct SessionData {
  SessionData(const SiteOptions& options, ports::ObjectStore& objects, const ports::Clock& clock,
              ports::Reporter& reporter)
      : stat_cache(options.store + "/cache"),
        database(sqlite::Database::open(options.store + "/mlrepro.db", sqlite::Mode::read_write)),
        sources({files, objects, stat_cache, snapshots, digester, clock, reporter},
                {options.top, options.cwd, options.store})
  {
  }

  posix::LocalFileTree files;
  storage::LocalStatCache stat_cache;
  crypto::Sha256Digester digester;
  sqlite::Database database;
  sqlite::SqliteSnapshotStore snapshots{database};
  tracking::RunDatasetSources sources;
};

struct MlflowSite::Parts {
  Parts(const SiteOptions& options, ports::Reporter& reporter)
      : session_run(options.session_run),
        sources(sources_of(options, reporter)),
        stores(options.store + "/mlrepro.db", durability_of(options)),
        objects(options.store + "/objects", options.store + "/tmp"),
        live(options.store + "/runs"),
        data(session_run ? std::make_unique<SessionData>(options, objects, clock, reporter)
                         : nullptr),
        index(stores.pool()),
        artifacts(index, objects, clock),
        service(stores.ports(clock, reporter, sources()), {options.session_run}),
        face([this](const mlflow::Request& request) { return service.handle(request); }, artifacts,
             reporter, options.face)
  {
  }

  ports::DatasetSources& sources()
  {
    return data ? static_cast<ports::DatasetSources&>(data->sources) : no_data;
  }

  std::optional<model::RunId> session_run;
  posix::SystemClock clock;
  ports::NoDatasetSources no_data;
  MlflowStores stores;
  storage::LocalObjectStore objects;
  storage::LocalLiveRecords live;
  std::unique_ptr<SessionData> data;  // null without a session
  sqlite::SqliteArtifactIndex index;
  mlflow::Artifacts artifacts;
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
