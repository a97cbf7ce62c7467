// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/mlflow/artifacts.hpp"

#include "mlflow/documents.hpp"
#include "mlrepro/model/error.hpp"

namespace mlrepro::mlflow {
namespace {

using model::Error;
using model::ErrorKind;

}  // namespace

void Artifacts::put(const ports::ArtifactOwner& owner, const std::string& path,
                    ports::ByteSource& content)
{
  if (!has_owner(owner)) {
    throw Error(ErrorKind::not_found, "no run or logged model has the id '" + owner.id + "'");
  }
  const auto hold = objects_.hold();
  const auto batch = objects_.begin();
  const ports::StoredObject object = batch->put(ports::ObjectKind::blob, content);
  batch->commit();
  index_.put(owner, {path, object.digest, object.bytes}, clock_.now());
}

std::optional<std::string> Artifacts::root_of(const ports::ArtifactOwner& owner) const
{
  const auto experiment = index_.experiment_of(owner);
  if (!experiment) {
    return std::nullopt;
  }
  return artifact_root(
      *experiment, (owner.kind == ports::ArtifactOwner::Kind::model ? "models/" : "") + owner.id);
}

Artifacts::Opened Artifacts::open(const ports::ArtifactOwner& owner, const std::string& path) const
{
  auto artifact = index_.find(owner, path);
  if (!artifact) {
    if (path.empty() || !index_.list(owner, path).empty()) {
      throw Error(ErrorKind::usage, "artifact '" + path + "' is a folder");
    }
    throw Error(ErrorKind::not_found, "artifact '" + path + "' does not exist");
  }
  auto content = ports::open_recorded(objects_, ports::ObjectKind::blob, artifact->digest);
  return {std::move(*artifact), std::move(content)};
}

}  // namespace mlrepro::mlflow
