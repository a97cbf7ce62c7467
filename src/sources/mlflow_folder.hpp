// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mlrepro/format/mlflow_files.hpp"
#include "mlrepro/model/mlflow_store.hpp"
#include "mlrepro/ports/contained_tree.hpp"

namespace mlrepro::sources {

// What MLflow says of an experiment, a run or a model, in its folder.
constexpr const char* k_meta = "meta.yaml";

// What a file's place says it is called, and how long it is.
struct NamedFile {
  std::string key;  // its path below the folder: '/' in a name is a folder more
  std::uint64_t bytes = 0;
};

// Reads the kinds of files that MLflow's file store consists of.
class MlflowFolder {
 public:
  explicit MlflowFolder(const ports::ContainedTree& tree) : tree_(tree) {}

  [[nodiscard]] const ports::ContainedTree& tree() const { return tree_; }
  // Names of the folders in a folder; a link in their place goes to `troubles` as a `kind`.
  [[nodiscard]] std::vector<std::string> folders(const std::string& folder, const std::string& kind,
                                                 const model::TroubleSink& troubles) const;
  [[nodiscard]] bool has_file(const std::string& folder, const std::string& name) const;
  // All files below a folder.
  [[nodiscard]] std::vector<NamedFile> files(const std::string& folder, const std::string& kind,
                                             const model::TroubleSink& troubles) const;
  // Each file below a folder, as a name and a value.
  [[nodiscard]] std::map<std::string, std::string> values(const std::string& folder,
                                                          const std::string& kind,
                                                          const model::TroubleSink& troubles) const;
  // The meta.yaml of a folder; absent, and told, when it can't be read.
  [[nodiscard]] std::optional<format::MlflowMeta> meta(const std::string& folder,
                                                       const std::string& kind,
                                                       const model::TroubleSink& troubles) const;
  // Calls `visit` with each line; false from it: the line makes no sense. One trouble a file says
  // how many made none.
  void lines(const std::string& path, const std::string& kind,
             const std::function<bool(std::string_view)>& visit,
             const model::TroubleSink& troubles) const;

 private:
  void add_files(const std::string& folder, const std::string& prefix,
                 std::vector<NamedFile>& found, const std::string& kind,
                 const model::TroubleSink& troubles) const;
  [[nodiscard]] std::vector<ports::ContainedEntry> entries(
      const std::string& folder, const std::string& kind, const model::TroubleSink& troubles) const;
  [[nodiscard]] std::string read(const std::string& path) const;
  [[nodiscard]] bool has_records(const std::string& folder) const;

  const ports::ContainedTree& tree_;
};

}  // namespace mlrepro::sources
