// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mlflow/artifact_places.hpp"
#include "mlrepro/mlflow/import.hpp"

namespace mlrepro::mlflow {

// A file of somebody's artifacts.
struct FoundArtifact {
  std::string path;  // the artifact's name
  std::string file;  // in the tree
  std::uint64_t bytes = 0;
  std::int64_t mtime_ns = 0;
};

struct FoundArtifacts {
  const ports::ContainedTree* tree = nullptr;  // null: there are none
  std::vector<FoundArtifact> files;
};

// Finds the artifacts of runs and models. What is not there, or can't be an artifact, is told.
class ArtifactFinder {
 public:
  ArtifactFinder(const ImportPorts& ports, std::string base);

  [[nodiscard]] FoundArtifacts find(const ArtifactOwnerPlace& owner,
                                    const model::TroubleSink& troubles) const;

 private:
  [[nodiscard]] bool knows_experiment(const std::string& experiment) const;
  void tell_missing(const ArtifactOwnerPlace& owner, const ArtifactPlaces& places,
                    const model::TroubleSink& troubles) const;

  const ImportPorts& ports_;
  std::string base_;
  std::vector<ArtifactRoot> roots_;
};

}  // namespace mlrepro::mlflow
