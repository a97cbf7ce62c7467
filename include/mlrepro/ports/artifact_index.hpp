// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/model/run.hpp"
#include "mlrepro/model/timestamp.hpp"

namespace mlrepro::ports {

// A run's or a logged model's id.
struct ArtifactOwner {
  enum class Kind { run, model } kind = Kind::run;
  std::string id;
};

struct ArtifactEntry {
  std::string path;  // from the owner's root
  bool is_folder = false;
  std::uint64_t bytes = 0;  // 0 for a folder
};

// Which artifacts runs and logged models have; any number of threads.
class ArtifactIndex {
 public:
  ArtifactIndex() = default;
  ArtifactIndex(const ArtifactIndex&) = delete;
  ArtifactIndex& operator=(const ArtifactIndex&) = delete;
  virtual ~ArtifactIndex() = default;

  // The number of the experiment that the owner is in; absent when there is no such owner.
  [[nodiscard]] virtual std::optional<std::int64_t> experiment_of(
      const ArtifactOwner& owner) const = 0;
  [[nodiscard]] virtual std::optional<model::Artifact> find(const ArtifactOwner& owner,
                                                            const std::string& path) const = 0;
  // What lies directly in a folder, by name; "" is the root. Empty when there is no such folder.
  [[nodiscard]] virtual std::vector<ArtifactEntry> list(const ArtifactOwner& owner,
                                                        const std::string& folder) const = 0;
  // On record, durably, when this returns; instead of one that had the path. Its content must be
  // stored and held. Throws Error{not_found} without such an owner, Error{conflict} when a part of
  // the path is an artifact or the path is a folder.
  virtual void put(const ArtifactOwner& owner, const model::Artifact& artifact,
                   model::Timestamp now) = 0;
  // The artifact or all that is below the path, which is not empty. What is not there is no error.
  virtual void remove(const ArtifactOwner& owner, const std::string& path) = 0;
};

}  // namespace mlrepro::ports
