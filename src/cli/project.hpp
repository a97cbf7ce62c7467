// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cli/terminal.hpp"
#include "mlrepro/format/project_config.hpp"
#include "mlrepro/ports/environment_builder.hpp"
#include "mlrepro/ports/live_records.hpp"
#include "mlrepro/ports/profile_cache.hpp"
#include "mlrepro/ports/remote.hpp"
#include "mlrepro/ports/remote_list.hpp"
#include "mlrepro/ports/store_care.hpp"
#include "mlrepro/ports/store_optimizer.hpp"
#include "mlrepro/ports/table_engine.hpp"
#include "mlrepro/ports/unpacker.hpp"
#include "mlrepro/sharing/ports.hpp"
#include "mlrepro/tracking/collect_garbage.hpp"
#include "mlrepro/tracking/ports.hpp"
#include "mlrepro/tracking/resolve.hpp"

namespace mlrepro::cli {

struct GlobalOptions {
  std::string folder;  // -C
  std::string store;   // --store, else $MLREPRO_STORE
  bool json = false;
  bool quiet = false;
  bool verbose = false;
  std::string color = "auto";
};

// The composition root: finds the project and its store, opens the adapters when they are first
// needed, and hands out ports. It has no logic beyond that.
class Project {
 public:
  explicit Project(const GlobalOptions& options);
  ~Project();
  Project(const Project&) = delete;
  Project& operator=(const Project&) = delete;

  [[nodiscard]] const GlobalOptions& options() const { return options_; }
  [[nodiscard]] const tracking::Place& place() const { return place_; }
  [[nodiscard]] const std::string& store_path() const { return store_; }
  // Of mlrepro.toml at the top; read once.
  const format::ProjectConfig& config();
  // Of the answer, on stdout.
  [[nodiscard]] Style style() const { return colour_style(options_.color, 1); }
  [[nodiscard]] std::string user() const;
  [[nodiscard]] std::string host() const;
  [[nodiscard]] bool store_exists() const;

  // Makes the store if there is none; true when it was made. Error{usage} when its name is taken.
  bool make_store();
  // An existing store; Error{not_found} says how to get one. Heals what killed runs left.
  tracking::Ports& open_store();
  // Of the open store.
  tracking::CollectionPorts collection_ports();
  sharing::Ports sharing_ports();
  ports::RemoteList& remotes();
  ports::ProfileCache& profiles();
  // Looks at nothing yet.
  static std::unique_ptr<ports::Remote> open_remote(const ports::RemotePlace& place);
  // Makes an empty folder a remote. Throws what DirectoryRemote::establish does.
  static void establish_remote(const ports::RemotePlace& place);
  // What `fill` writes, under its name when that is complete. Error{conflict} when the name is
  // taken, unless it may be overwritten.
  static void write_bundle(const std::string& path, bool overwrite,
                           const std::function<void(ports::Remote&)>& fill);
  static std::unique_ptr<ports::Remote> open_bundle(const std::string& path);
  // The same, but makes a missing store with a note.
  tracking::Ports& open_or_make_store();
  // Begins, beside the opening of the store, what a run that is recorded needs: libgit2, and a look
  // at the machine.
  void expect_run();
  ports::StoreCare& store_care();
  ports::StoreOptimizer& store_optimizer();
  ports::EnvironmentBuilder& environment_builder();
  // Loaded when its first method is called, which throws where it is not installed.
  ports::TableEngine& table_engine();
  [[nodiscard]] const ports::Unpacker& unpacker() const;
  // Without opening the database: all that `log` of a running run needs.
  ports::LiveRecords& live_records();
  // Needs no store either.
  ports::ProcessRunner& process_runner();
  [[nodiscard]] const ports::Clock& clock() const;
  ports::Reporter& reporter();

 private:
  struct Adapters;
  void find_place();
  void find_store();
  void refuse_emptied_database() const;

  GlobalOptions options_;
  tracking::Place place_;
  std::string store_;
  std::optional<format::ProjectConfig> config_;
  std::unique_ptr<Adapters> adapters_;
};

}  // namespace mlrepro::cli
