// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mlrepro/ports/artifact_index.hpp"
#include "mlrepro/ports/clock.hpp"
#include "mlrepro/ports/object_store.hpp"

namespace mlrepro::mlflow {

// The files that clients log for runs and models: in the object store by their content, so that no
// path of a client's is ever one of the disk's. Any number of threads.
class Artifacts {
 public:
  // All of them outlive this.
  Artifacts(ports::ArtifactIndex& index, ports::ObjectStore& objects, const ports::Clock& clock)
      : index_(index), objects_(objects), clock_(clock)
  {
  }

  // Reads `content` to its end, in pieces; it is stored and on record, durably, when this returns.
  // Throws Error{not_found} without such an owner, before anything is read, Error{conflict} when
  // the path or a part of it is taken, and what `content` throws.
  void put(const ports::ArtifactOwner& owner, const std::string& path, ports::ByteSource& content);

  struct Opened {
    model::Artifact artifact;
    std::unique_ptr<ports::ByteSource> content;
  };
  // Throws Error{not_found}; Error{usage} when the path is a folder.
  [[nodiscard]] Opened open(const ports::ArtifactOwner& owner, const std::string& path) const;

  [[nodiscard]] bool has_owner(const ports::ArtifactOwner& owner) const
  {
    return index_.experiment_of(owner).has_value();
  }
  // Where clients believe the owner's artifacts to be; absent when there is no such owner.
  [[nodiscard]] std::optional<std::string> root_of(const ports::ArtifactOwner& owner) const;
  // As ArtifactIndex::list.
  [[nodiscard]] std::vector<ports::ArtifactEntry> list(const ports::ArtifactOwner& owner,
                                                       const std::string& folder) const
  {
    return index_.list(owner, folder);
  }
  // As ArtifactIndex::remove; the content goes when nothing else names it and garbage is collected.
  void remove(const ports::ArtifactOwner& owner, const std::string& path)
  {
    index_.remove(owner, path);
  }

 private:
  ports::ArtifactIndex& index_;
  ports::ObjectStore& objects_;
  const ports::Clock& clock_;
};

}  // namespace mlrepro::mlflow
