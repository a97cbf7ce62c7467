// SPDX-License-Identifier: Apache-2.0
#include "cli/project.hpp"

#include <fcntl.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <thread>

#include "capture/local_environment_probe.hpp"
#include "cli/terminal.hpp"
#include "cli/terminal_reporter.hpp"
#include "crypto/sha256.hpp"
#include "environments/local_environment_builder.hpp"
#include "git/git_source_control.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"
#include "mlrepro/tracking/seal_run.hpp"
#include "posix/atomic_file.hpp"
#include "posix/folders.hpp"
#include "posix/local_file_tree.hpp"
#include "posix/loopback_endpoint.hpp"
#include "posix/process_runner.hpp"
#include "posix/system_clock.hpp"
#include "posix/system_error.hpp"
#include "posix/variables.hpp"
#include "sqlite/database.hpp"
#include "sqlite/sqlite_error.hpp"
#include "sqlite/sqlite_profile_cache.hpp"
#include "sqlite/sqlite_record_exchange.hpp"
#include "sqlite/sqlite_record_keeper.hpp"
#include "sqlite/sqlite_remote_list.hpp"
#include "sqlite/sqlite_run_store.hpp"
#include "sqlite/sqlite_snapshot_store.hpp"
#include "storage/local_collector.hpp"
#include "storage/local_content_exchange.hpp"
#include "storage/local_live_records.hpp"
#include "storage/local_object_store.hpp"
#include "storage/local_stat_cache.hpp"
#include "storage/local_store_care.hpp"
#include "storage/local_store_optimizer.hpp"
#include "storage/zstd_unpacker.hpp"
#include "tables/duckdb_engine.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;
using posix::variable;

constexpr const char* k_store_name = ".mlrepro";

bool is_folder(const std::string& path)
{
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

bool exists(const std::string& path)
{
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0;
}

std::string current_folder()
{
  std::array<char, PATH_MAX> buffer{};
  if (::getcwd(buffer.data(), buffer.size()) == nullptr) {
    posix::throw_errno("find the current folder");
  }
  return buffer.data();
}

// Of the user, for what can be made again (XDG Base Directory Specification).
std::string cache_folder()
{
  const std::string cache = variable("XDG_CACHE_HOME");
  return (cache.starts_with('/') ? cache : variable("HOME") + "/.cache") + "/mlrepro";
}

// Waiting for a disk takes more than one thread a core.
unsigned thread_count()
{
  return std::clamp(std::thread::hardware_concurrency() * 2, 2U, 16U);
}

struct OwnersOnly {  // SQLite has no other way to be told which permissions its files get
  ~OwnersOnly() { ::umask(before); }
  mode_t before = ::umask(S_IRWXG | S_IRWXO);
};

}  // namespace

struct Project::Adapters {
  Adapters(const std::string& store, Verbosity verbosity, Style style)
      : reporter(verbosity, style),
        objects(store + "/objects", store + "/tmp"),
        collector(store + "/objects", store + "/tmp", store + "/trash"),
        care(store + "/objects", store + "/tmp"),
        optimizer(store + "/objects", store + "/tmp", thread_count()),
        environments(cache_folder() + "/environments", processes, reporter),
        exchange(store + "/objects", store + "/tmp", store + "/cache/packs"),
        stat_cache(store + "/cache"),
        live(store + "/runs"),
        endpoint(
            clock,
            [store](const model::RunId& run) {
              return std::vector<std::string>{"--store", store, "server", "--session", run.str()};
            }),
        database_path(store + "/mlrepro.db")
  {
  }

  void open_database()
  {
    database = std::make_unique<sqlite::Database>(
        sqlite::Database::open(database_path, sqlite::Mode::read_write));
    runs = std::make_unique<sqlite::SqliteRunStore>(*database);
    snapshots = std::make_unique<sqlite::SqliteSnapshotStore>(*database);
    keeper = std::make_unique<sqlite::SqliteRecordKeeper>(*database);
    records = std::make_unique<sqlite::SqliteRecordExchange>(*database);
    remotes = std::make_unique<sqlite::SqliteRemoteList>(*database);
    profiles = std::make_unique<sqlite::SqliteProfileCache>(*database);
    ports = std::make_unique<tracking::Ports>(tracking::Ports{
        {files, objects, stat_cache, *snapshots, digester, clock, reporter, thread_count()},
        *runs,
        live,
        source,
        processes,
        probe,
        &endpoint});
  }

  TerminalReporter reporter;
  posix::LocalFileTree files;
  posix::SystemClock clock;
  posix::LocalProcessRunner processes;
  crypto::Sha256Digester digester;
  storage::LocalObjectStore objects;
  storage::LocalCollector collector;
  storage::LocalStoreCare care;
  storage::LocalStoreOptimizer optimizer;
  environments::LocalEnvironmentBuilder environments;
  tables::DuckdbEngine tables;
  storage::ZstdUnpacker unpacker;
  storage::LocalContentExchange exchange;
  storage::LocalStatCache stat_cache;
  storage::LocalLiveRecords live;
  posix::LoopbackEndpoint endpoint;
  git::GitSourceControl source;
  capture::LocalEnvironmentProbe probe{&source};
  std::string database_path;
  std::unique_ptr<sqlite::Database> database;
  std::unique_ptr<sqlite::SqliteRunStore> runs;
  std::unique_ptr<sqlite::SqliteSnapshotStore> snapshots;
  std::unique_ptr<sqlite::SqliteRecordKeeper> keeper;
  std::unique_ptr<sqlite::SqliteRecordExchange> records;
  std::unique_ptr<sqlite::SqliteRemoteList> remotes;
  std::unique_ptr<sqlite::SqliteProfileCache> profiles;
  std::unique_ptr<tracking::Ports> ports;
};

Project::Project(const GlobalOptions& options) : options_(options)
{
  place_.cwd = current_folder();
  if (options_.store.empty()) {
    options_.store = variable("MLREPRO_STORE");
  }
  find_place();
  find_store();
  const Verbosity verbosity = options_.quiet     ? Verbosity::quiet
                              : options_.verbose ? Verbosity::verbose
                                                 : Verbosity::normal;
  adapters_ =
      std::make_unique<Adapters>(store_, verbosity, colour_style(options_.color, STDERR_FILENO));
  adapters_->reporter.detail("project " + place_.top + ", store " + store_);
}

Project::~Project() = default;

// The nearest folder that holds a store or a repository; looking stops at a repository's top, so
// that a store further up does not swallow it.
void Project::find_place()
{
  for (std::string folder = place_.cwd;; folder = posix::parent_folder(folder)) {
    if (exists(folder + "/" + k_store_name) || exists(folder + "/.git")) {
      place_.top = folder;
      return;
    }
    if (folder == "/") {
      break;
    }
  }
  place_.top = place_.cwd;
}

void Project::find_store()
{
  if (!options_.store.empty()) {
    store_ = plan::join_path(place_.cwd, options_.store);
    return;
  }
  store_ = place_.top + "/" + k_store_name;
  struct stat status {};
  const std::string git = place_.top + "/.git";
  const bool linked = ::lstat(git.c_str(), &status) == 0 && S_ISREG(status.st_mode);
  if (linked && !exists(store_)) {
    // A linked worktree shares the main one's store: its runs are runs of the same repository.
    if (const auto main = git::GitSourceControl().find_main_top(place_.cwd)) {
      store_ = *main + "/" + k_store_name;
    }
  }
}

const format::ProjectConfig& Project::config()
{
  if (!config_) {
    const std::string path = place_.top + "/mlrepro.toml";
    adapters_->reporter.detail(exists(path) ? "defaults from " + path
                                            : "no mlrepro.toml, so no defaults of the project");
    config_ = exists(path)
                  ? format::parse_config("mlrepro.toml", ports::read_file(adapters_->files, path))
                  : format::default_config();
  }
  return *config_;
}

std::string Project::user() const
{
  const passwd* entry = ::getpwuid(::geteuid());
  return entry != nullptr ? entry->pw_name : std::to_string(::geteuid());
}

std::string Project::host() const
{
  std::array<char, HOST_NAME_MAX + 1> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

bool Project::store_exists() const
{
  const std::string path = store_ + "/mlrepro.db";
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0) {
    return true;
  }
  if (errno != ENOENT && errno != ENOTDIR) {
    posix::throw_errno("store '" + path + "'");  // not to be seen is not the same as not there
  }
  return false;
}

// A crash of the file system may leave a database of no bytes. SQLite would begin a new one, and
// everything on record would be gone without a word; a store that is just being made has no
// objects.
void Project::refuse_emptied_database() const
{
  constexpr off_t k_smallest_database = 512;
  struct stat status {};
  if (::stat((store_ + "/mlrepro.db").c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
      status.st_size < k_smallest_database && posix::has_entries(store_ + "/objects")) {
    throw sqlite::damaged_database(store_ + "/mlrepro.db",
                                   "is empty, though there are objects beside it");
  }
}

bool Project::make_store()
{
  if (exists(store_) && !is_folder(store_)) {
    throw Error(ErrorKind::usage, "store '" + store_ + "': not a folder",
                "move that file away, or name another store with --store DIR");
  }
  if (store_exists()) {
    return false;
  }
  posix::make_folders(store_, 0700);
  if (!exists(store_ + "/.gitignore")) {
    posix::replace_file(store_ + "/.gitignore", "*\n");
  }
  posix::sync_folder(
      posix::parent_folder(store_));  // a store that is lost whole has lost all in it
  const OwnersOnly mask;
  adapters_->open_database();
  return true;
}

tracking::Ports& Project::open_store()
{
  if (adapters_->ports) {
    return *adapters_->ports;
  }
  if (exists(store_) && !is_folder(store_)) {
    throw Error(ErrorKind::usage, "store '" + store_ + "': not a folder",
                "move that file away, or name another store with --store DIR");
  }
  if (!store_exists()) {
    throw Error(ErrorKind::not_found, "store '" + store_ + "': there is none",
                "make one with 'mlrepro init', or record something with 'mlrepro run -- COMMAND'");
  }
  refuse_emptied_database();
  adapters_->open_database();
  adapters_->objects.set_forgotten(adapters_->keeper->forgotten_content());
  if (!adapters_->database->read_only()) {
    try {
      adapters_->objects.sweep_temporaries();
      adapters_->live.sweep_unfinished();
      tracking::heal_runs(*adapters_->ports);
    } catch (const Error& error) {
      adapters_->reporter.warn(error.message());
    }
  }
  return *adapters_->ports;
}

tracking::CollectionPorts Project::collection_ports()
{
  open_store();
  return {*adapters_->keeper, adapters_->collector};
}

sharing::Ports Project::sharing_ports()
{
  return {open_store(), *adapters_->records, adapters_->exchange};
}

ports::RemoteList& Project::remotes()
{
  open_store();
  return *adapters_->remotes;
}

ports::ProfileCache& Project::profiles()
{
  open_store();
  return *adapters_->profiles;
}

tracking::Ports& Project::open_or_make_store()
{
  if (!store_exists() && make_store()) {
    adapters_->reporter.note("made a store in '" + store_ + "'");
  }
  return open_store();
}

void Project::expect_run()
{
  adapters_->probe.start_early();
  if (exists(place_.top + "/.git")) {
    adapters_->source.start_early();
  }
}

ports::StoreCare& Project::store_care()
{
  return adapters_->care;
}

ports::StoreOptimizer& Project::store_optimizer()
{
  return adapters_->optimizer;
}

ports::LiveRecords& Project::live_records()
{
  return adapters_->live;
}

ports::EnvironmentBuilder& Project::environment_builder()
{
  return adapters_->environments;
}

ports::TableEngine& Project::table_engine()
{
  return adapters_->tables;
}

const ports::Unpacker& Project::unpacker() const
{
  return adapters_->unpacker;
}

ports::ProcessRunner& Project::process_runner()
{
  return adapters_->processes;
}

const ports::Clock& Project::clock() const
{
  return adapters_->clock;
}

ports::Reporter& Project::reporter()
{
  return adapters_->reporter;
}

}  // namespace mlrepro::cli
