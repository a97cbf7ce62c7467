// SPDX-License-Identifier: Apache-2.0
#include "cli/session_datasets.hpp"

#include <mutex>
#include <utility>

#include "crypto/sha256.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/tracking/run_dataset_sources.hpp"
#include "posix/local_file_tree.hpp"
#include "posix/system_clock.hpp"
#include "sqlite/sqlite_run_store.hpp"
#include "sqlite/sqlite_snapshot_store.hpp"
#include "storage/local_object_store.hpp"
#include "storage/local_stat_cache.hpp"

namespace mlrepro::cli {
namespace {

// With a connection of its own, and where the run's command was started.
class OpenedDatasets {
 public:
  OpenedDatasets(const std::string& store, const model::RunId& run, ports::Reporter& reporter)
      : objects_(store + "/objects", store + "/tmp"),
        stat_cache_(store + "/cache"),
        database_(sqlite::Database::open(store + "/mlrepro.db", sqlite::Mode::read_write)),
        snapshots_(database_)
  {
    const auto record = ports::find_run(sqlite::SqliteRunStore(database_), run);
    if (record) {
      sources_ = std::make_unique<tracking::RunDatasetSources>(
          versioning::Ports{files_, objects_, stat_cache_, snapshots_, digester_, clock_, reporter},
          tracking::RunDatasetSources::Place{record->top,
                                             plan::absolute_path(record->top, record->cwd), store});
    }
  }

  std::optional<model::RunData> take(const model::RunId& run, const std::string& path)
  {
    return sources_ ? sources_->take(run, path) : std::nullopt;
  }

 private:
  posix::LocalFileTree files_;
  posix::SystemClock clock_;
  crypto::Sha256Digester digester_;
  storage::LocalObjectStore objects_;
  storage::LocalStatCache stat_cache_;
  sqlite::Database database_;
  sqlite::SqliteSnapshotStore snapshots_;
  std::unique_ptr<tracking::RunDatasetSources> sources_;
};

// Few scripts log a dataset: nothing is opened before the first does.
class SessionDatasets final : public ports::DatasetSources {
 public:
  SessionDatasets(std::string store, const model::RunId& run, ports::Reporter& reporter)
      : store_(std::move(store)), run_(run), reporter_(reporter)
  {
  }

  std::optional<model::RunData> take(const model::RunId& run, const std::string& path) override
  {
    try {
      return opened().take(run, path);
    } catch (const model::Error& error) {
      reporter_.warn("dataset '" + path + "' is not linked to its content: " + error.message());
      return std::nullopt;
    }
  }

 private:
  OpenedDatasets& opened()
  {
    const std::lock_guard lock(mutex_);
    if (!opened_) {
      opened_ = std::make_unique<OpenedDatasets>(store_, run_, reporter_);
    }
    return *opened_;
  }

  std::string store_;
  model::RunId run_;
  ports::Reporter& reporter_;
  std::mutex mutex_;
  std::unique_ptr<OpenedDatasets> opened_;
};

}  // namespace

std::unique_ptr<ports::DatasetSources> open_session_datasets(const std::string& store,
                                                             const model::RunId& run,
                                                             ports::Reporter& reporter)
{
  return std::make_unique<SessionDatasets>(store, run, reporter);
}

}  // namespace mlrepro::cli
