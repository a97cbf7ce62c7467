// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "mlrepro/ports/artifact_index.hpp"
#include "sqlite/connection_pool.hpp"

namespace mlrepro::sqlite {

// Over the tables of artifacts of runs and of logged models. What a run gets after its end is
// listed as an addition to it.
class SqliteArtifactIndex final : public ports::ArtifactIndex {
 public:
  // The pool must outlive the index.
  explicit SqliteArtifactIndex(ConnectionPool& pool) : pool_(pool) {}

  [[nodiscard]] std::optional<std::int64_t> experiment_of(
      const ports::ArtifactOwner& owner) const override;
  [[nodiscard]] std::optional<model::Artifact> find(const ports::ArtifactOwner& owner,
                                                    const std::string& path) const override;
  [[nodiscard]] std::vector<ports::ArtifactEntry> list(const ports::ArtifactOwner& owner,
                                                       const std::string& folder) const override;
  void put(const ports::ArtifactOwner& owner, const model::Artifact& artifact,
           model::Timestamp now) override;
  void remove(const ports::ArtifactOwner& owner, const std::string& path) override;

 private:
  ConnectionPool& pool_;
};

}  // namespace mlrepro::sqlite
