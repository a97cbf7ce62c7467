// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "mlrepro/ports/artifact_index.hpp"
#include "mlrepro/ports/live_records.hpp"

namespace mlrepro::mlflow {

// Artifacts as clients see them: those of a run that still runs with what `mlrepro log artifact`
// added so far, which goes into the database when the run ends.
class LiveArtifacts final : public ports::ArtifactIndex {
 public:
  // Both outlive this, and any number of threads use them.
  LiveArtifacts(ports::ArtifactIndex& index, const ports::LiveRecords& live)
      : index_(index), live_(live)
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
  void put(const ports::ArtifactOwner& owner, const model::Artifact& artifact,
           model::Timestamp now) override
  {
    index_.put(owner, artifact, now);
  }
  // Error{conflict} for what `mlrepro log` added and no database has yet.
  void remove(const ports::ArtifactOwner& owner, const std::string& path) override;

 private:
  // By path; empty for what is no running run.
  [[nodiscard]] std::map<std::string, model::Artifact> added(
      const ports::ArtifactOwner& owner) const;

  ports::ArtifactIndex& index_;
  const ports::LiveRecords& live_;
};

}  // namespace mlrepro::mlflow
