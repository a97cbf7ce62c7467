// SPDX-License-Identifier: Apache-2.0
#include "cli/import_mlflow.hpp"

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "cli/help.hpp"
#include "cli/scratch_folder.hpp"
#include "crypto/sha256.hpp"
#include "mlrepro/format/import_document.hpp"
#include "mlrepro/mlflow/import.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"
#include "posix/folders.hpp"
#include "posix/local_contained_tree.hpp"
#include "posix/local_file_tree.hpp"
#include "sources/mlflow_database.hpp"
#include "sources/mlflow_file_store.hpp"
#include "sqlite/sqlite_run_intake.hpp"

namespace mlrepro::cli {
namespace {

using model::Error;
using model::ErrorKind;

struct MlflowOptions {
  std::string path;
  std::vector<std::string> artifacts;
  bool dry_run = false;
};

// Another tracker's store, opened, and the folders that its artifacts may be read from.
class OpenedStore {
 public:
  OpenedStore(const MlflowOptions& options, const std::string& cwd)
  {
    const std::string given = plan::join_path(cwd, options.path);
    const auto stat = files_.stat(given, ports::FollowLinks::yes);
    if (!stat) {
      throw Error(ErrorKind::not_found, "'" + given + "': nothing there",
                  "name the folder 'mlruns' or the database 'mlflow.db' of MLflow");
    }
    path_ = files_.resolve(given);
    for (const std::string& folder : options.artifacts) {
      add_given(plan::join_path(cwd, folder));
    }
    if (stat->type == ports::FileType::folder) {
      trees_.push_back(std::make_unique<posix::LocalContainedTree>(path_));
      roots_.push_back({trees_.back().get(), false});
      store_ = std::make_unique<sources::MlflowFileStore>(*trees_.back());
    } else {
      (void)files_.open(path_);  // says why where it can't be read
      scratch_ = std::make_unique<ScratchFolder>("", ScratchFolder::Afterwards::remove);
      store_ = std::make_unique<sources::MlflowDatabase>(path_, scratch_->path());
    }
    // Where MLflow's server and its clients put artifacts unless they are told otherwise.
    for (const char* name : {"mlartifacts", "mlruns"}) {
      add_if_there(base() + "/" + name);
    }
  }

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string base() const { return posix::parent_folder(path_); }
  [[nodiscard]] ports::MlflowStore& store() { return *store_; }
  [[nodiscard]] const std::vector<mlflow::ImportRoot>& roots() const { return roots_; }

 private:
  void add_given(const std::string& folder)
  {
    const auto stat = files_.stat(folder, ports::FollowLinks::yes);
    if (!stat || stat->type != ports::FileType::folder) {
      throw Error(ErrorKind::not_found, "--artifacts '" + folder + "': no folder there",
                  "name the folder that has a folder for each experiment in it");
    }
    trees_.push_back(std::make_unique<posix::LocalContainedTree>(folder));
    roots_.push_back({trees_.back().get(), true});
  }

  void add_if_there(const std::string& folder)
  {
    const auto stat = files_.stat(folder, ports::FollowLinks::no);
    if (folder != path_ && stat && stat->type == ports::FileType::folder) {
      trees_.push_back(std::make_unique<posix::LocalContainedTree>(folder));
      roots_.push_back({trees_.back().get(), false});
    }
  }

  posix::LocalFileTree files_;
  std::string path_;
  std::unique_ptr<ScratchFolder> scratch_;
  std::vector<std::unique_ptr<posix::LocalContainedTree>> trees_;
  std::vector<mlflow::ImportRoot> roots_;
  std::unique_ptr<ports::MlflowStore> store_;
};

model::MlflowImport take(const MlflowOptions& options, OpenedStore& source, Project& project)
{
  const crypto::Sha256Digester digester;
  mlflow::ImportPorts ports{source.store(), source.roots(),  nullptr,           nullptr,
                            digester,       project.clock(), project.reporter()};
  std::optional<sqlite::Database> database;
  std::optional<sqlite::SqliteRunIntake> intake;
  if (!options.dry_run || project.store_exists()) {
    tracking::Ports& store = options.dry_run ? project.open_store() : project.open_or_make_store();
    database = sqlite::Database::open(
        project.store_path() + "/mlrepro.db",
        options.dry_run ? sqlite::Mode::read_only : sqlite::Mode::read_write);
    intake.emplace(*database);
    ports.intake = &*intake;
    ports.objects = &store.data.objects;
  }
  return mlflow::import_mlflow(ports, {source.path(), source.base(), options.dry_run});
}

int import_mlflow(const MlflowOptions& options, Project& project)
{
  OpenedStore source(options, project.place().cwd);
  const model::MlflowImport result = take(options, source, project);
  print(project.options().json ? format::to_json(result) : render_import(result, project.style()));
  return static_cast<int>(result.lost.empty() ? ExitCode::ok : ExitCode::check_says_no);
}

HelpPage page()
{
  return {
      "PATH is a folder 'mlruns' or a database 'mlflow.db', of MLflow 1.x to 3.x. It is only read: "
      "nothing in it or beside it changes, and the server may go on. Experiments, runs with all "
      "their metrics, datasets, models and the registry come as if their clients had logged to "
      "'mlrepro server'; runs keep their ids, artifacts are stored once.\n"
      "What came before and has not changed there is left alone, so that an import that was "
      "stopped is taken up where it was, and one that is repeated brings what is new. Nothing that "
      "is here is taken away.\n"
      "Artifacts are read from PATH, from 'mlartifacts' and 'mlruns' beside it, and from the "
      "folders that --artifacts names. Nothing else is opened, and no link that leads out of them "
      "is followed. What could not be taken is listed (docs/mlflow.md).",
      {"mlrepro import mlflow mlruns", "mlrepro import mlflow mlflow.db --dry-run",
       "mlrepro import mlflow mlflow.db --artifacts /srv/mlflow/artifacts --json"},
      store_codes({{ExitCode::check_says_no, "something of it could not be taken: it is listed"},
                   {ExitCode::not_found, "not found: PATH, or a folder of --artifacts"},
                   {ExitCode::locked, "locked: somebody goes on writing to PATH, or the store"},
                   {ExitCode::corrupt, "corrupt: PATH is no store of MLflow, or a damaged one"}})};
}

}  // namespace

void add_import_mlflow(CLI::App& import, Action& chosen)
{
  auto options = std::make_shared<MlflowOptions>();
  CLI::App* command =
      import.add_subcommand("mlflow", "Take the runs of an MLflow store into the store");
  command->fallthrough();
  command->add_option("PATH", options->path, "The folder 'mlruns', or 'mlflow.db'")->required();
  command
      ->add_option("--artifacts", options->artifacts,
                   "A folder that artifacts lie in; may be given several times")
      ->type_name("DIR")
      ->allow_extra_args(false);
  command->add_flag("-n,--dry-run", options->dry_run, "Only say what would be imported");
  set_help(*command, page());
  command->callback([options, &chosen] {
    chosen = [options](Project& project) { return import_mlflow(*options, project); };
  });
}

}  // namespace mlrepro::cli
