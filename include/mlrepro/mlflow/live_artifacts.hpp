// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "mlrepro/ports/artifact_index.hpp"
#include "mlrepro/ports/file_tree.hpp"
#include "mlrepro/ports/live_records.hpp"

namespace mlrepro::mlflow {

// Artifacts as clients see them: those of a run that still runs with what `mlrepro log artifact`
// added so far, which goes into the database when the run ends. Whoever came last has a name.
class LiveArtifacts final : public ports::ArtifactIndex {
 public:
  // All outlive this, and any number of threads use them.
  LiveArtifacts(ports::ArtifactIndex& index, ports::LiveRecords& live, const ports::FileTree& files)
      : index_(index), live_(live), files_(files)
  {
  }

  [[nodiscard]] std::optional<std::int64_t> experiment_of(
      const ports::ArtifactOwner& owner) const override
  {
    return index_.experiment_of(owner);
  }
  [[nodiscard]] std::optional<model::Artifact> find(const ports::ArtifactOwner& owner,
                                                    const std::string& path) const override;
  [[nodiscard]] std::vector<ports::ArtifactEntry> list(const ports::ArtifactOwner& owner,
                                                       const std::string& folder) const override;
  // What has the name of one that `mlrepro log` added goes where that one is: when the run ends, it
  // would take its place again in the database.
  void put(const ports::ArtifactOwner& owner, const model::Artifact& artifact,
           model::Timestamp now) override;
  // Error{conflict} for what `mlrepro log` added and no database has yet.
  void remove(const ports::ArtifactOwner& owner, const std::string& path) override;

 private:
  using ByPath = std::map<std::string, model::Artifact>;
  // What was read of a run's live record: its lines are read once, however often they are asked
  // for.
  struct Followed {
    std::unique_ptr<ports::OpenFile> file;
    std::string rest;  // of a line whose end is still to come
    ByPath artifacts;
    std::uint64_t asked = 0;  // the number of the look that needed it last
  };

  // Null for what is no running run. `mutex_` is held, as long as the result is used.
  [[nodiscard]] const ByPath* added(const ports::ArtifactOwner& owner) const;
  // What lies directly in a folder, by name.
  [[nodiscard]] std::map<std::string, ports::ArtifactEntry> added_below(
      const ports::ArtifactOwner& owner, const std::string& folder) const;
  [[nodiscard]] bool follow(const model::RunId& run, Followed& followed) const;
  [[nodiscard]] bool replace(const ports::ArtifactOwner& owner, const model::Artifact& artifact);

  ports::ArtifactIndex& index_;
  ports::LiveRecords& live_;
  const ports::FileTree& files_;
  mutable std::mutex mutex_;
  mutable std::map<model::RunId, Followed> followed_;
  mutable std::uint64_t looks_ = 0;
};

}  // namespace mlrepro::mlflow
