// SPDX-License-Identifier: Apache-2.0
#include "mlflow/import_artifacts.hpp"

#include <algorithm>

#include "mlrepro/format/artifact_path.hpp"
#include "mlrepro/model/error.hpp"
#include "mlrepro/plan/paths.hpp"

namespace mlrepro::mlflow {
namespace {

using ports::FileType;

constexpr std::ptrdiff_t k_deepest = 100;

// Collects the files below one folder.
class Walk {
 public:
  Walk(const ports::ContainedTree& tree, const model::TroubleSink& troubles,
       std::vector<FoundArtifact>& found)
      : tree_(tree), troubles_(troubles), found_(found)
  {
  }

  void enter(const std::string& folder, const std::string& name)
  {
    const auto entries = tree_.list(folder);
    if (!entries) {
      return;
    }
    for (const ports::ContainedEntry& entry : *entries) {
      const std::string file = folder.empty() ? entry.name : folder + "/" + entry.name;
      const std::string path = name.empty() ? entry.name : name + "/" + entry.name;
      if (entry.type == FileType::folder && !is_too_deep(path)) {
        enter(file, path);
      } else if (entry.type == FileType::file) {
        add(entry, path, file);
      } else {
        tell(file, entry.type == FileType::symlink  ? "a link that leads elsewhere, or to a folder"
                   : entry.type == FileType::folder ? "folders within folders without end"
                                                    : "no file: a socket, pipe or device");
      }
    }
  }

 private:
  static bool is_too_deep(const std::string& path)
  {
    return std::count(path.begin(), path.end(), '/') > k_deepest;
  }

  void add(const ports::ContainedEntry& entry, const std::string& path, const std::string& file)
  {
    if (format::normal_artifact_path(path) != path) {
      tell(file, "its name can't be that of an artifact (docs/mlflow.md)");
      return;
    }
    found_.push_back({path, file, entry.size, entry.mtime_ns});
  }

  void tell(const std::string& file, const std::string& why)
  {
    troubles_({"artifact", tree_.root() + "/" + file, why});
  }

  const ports::ContainedTree& tree_;
  const model::TroubleSink& troubles_;
  std::vector<FoundArtifact>& found_;
};

}  // namespace

ArtifactFinder::ArtifactFinder(const ImportPorts& ports, std::string base)
    : ports_(ports), base_(std::move(base))
{
  for (const ImportRoot& root : ports_.roots) {
    roots_.push_back({root.tree->root(), root.given});
  }
}

FoundArtifacts ArtifactFinder::find(const ArtifactOwnerPlace& owner,
                                    const model::TroubleSink& troubles) const
{
  FoundArtifacts found;
  const ArtifactPlaces places = artifact_places(owner, base_, roots_);
  try {
    for (const FolderInRoot& place : places.candidates) {
      const ports::ContainedTree* const tree = ports_.roots[place.root].tree;
      if (tree->list(place.folder)) {
        found.tree = tree;
        Walk(*tree, troubles, found.files).enter(place.folder, "");
        return found;
      }
    }
    tell_missing(owner, places, troubles);
  } catch (const model::Error& error) {
    troubles({"artifact", owner.id, error.message()});
  }
  return found;
}

bool ArtifactFinder::knows_experiment(const std::string& experiment) const
{
  return std::any_of(ports_.roots.begin(), ports_.roots.end(), [&](const ImportRoot& root) {
    return !experiment.empty() && experiment.find('/') == std::string::npos &&
           root.tree->list(experiment).has_value();
  });
}

// A folder is made with its first artifact. Where the place as a whole is known, there are none.
void ArtifactFinder::tell_missing(const ArtifactOwnerPlace& owner, const ArtifactPlaces& places,
                                  const model::TroubleSink& troubles) const
{
  if (owner.uri.empty() || places.inside ||
      (places.scheme != ArtifactScheme::remote && knows_experiment(owner.experiment))) {
    return;
  }
  const bool remote = places.scheme == ArtifactScheme::remote;
  troubles({remote ? "remote artifacts" : "artifacts elsewhere", owner.id,
            remote
                ? owner.uri + " is not fetched: copy it here, and name the copy with --artifacts"
                : owner.uri + " is not in a folder that may be read: name one with --artifacts"});
}

}  // namespace mlrepro::mlflow
