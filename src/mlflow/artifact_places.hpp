// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

// Where the artifacts of somebody else's run may be on this machine. Text alone: nothing is looked
// at, and nothing but what lies in one of the roots is ever named.
namespace mlrepro::mlflow {

// A folder that may be read: absolute, without links.
struct ArtifactRoot {
  std::string path;
  bool given = false;  // by the user, and not found beside the store
};

// Whose artifacts, and what the store says of their place.
struct ArtifactOwnerPlace {
  std::string experiment;
  std::string id;
  bool is_model = false;
  std::string uri;
};

struct FolderInRoot {
  std::size_t root = 0;
  std::string folder;  // from the root

  bool operator==(const FolderInRoot&) const = default;
};

enum class ArtifactScheme {
  local,    // a path of a machine
  proxied,  // behind a server: "mlflow-artifacts:"
  remote,   // "s3:", "dbfs:" and their like
};

struct ArtifactPlaces {
  ArtifactScheme scheme = ArtifactScheme::local;
  bool inside = false;                   // what the store says is itself in a root
  std::vector<FolderInRoot> candidates;  // the likeliest first
};

// Relative paths in the store are seen from the absolute folder `base`.
ArtifactPlaces artifact_places(const ArtifactOwnerPlace& owner, const std::string& base,
                               const std::vector<ArtifactRoot>& roots);

// "s3" of "s3://bucket/x"; empty for a path, also for one with a drive's letter.
std::string uri_scheme(const std::string& uri);

}  // namespace mlrepro::mlflow
