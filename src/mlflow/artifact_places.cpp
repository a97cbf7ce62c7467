// SPDX-License-Identifier: Apache-2.0
#include "mlflow/artifact_places.hpp"

#include <algorithm>
#include <optional>

#include "mlflow/dataset_paths.hpp"
#include "mlrepro/plan/paths.hpp"

namespace mlrepro::mlflow {
namespace {

constexpr const char* k_proxy = "mlflow-artifacts";

bool is_letter(char character)
{
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z');
}

std::vector<std::string> parts_of(const std::string& path)
{
  std::vector<std::string> parts;
  for (std::size_t start = 0; start <= path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    if (end > start) {
      parts.push_back(path.substr(start, end - start));
    }
    start = end + 1;
  }
  return parts;
}

std::string joined(const std::vector<std::string>& parts, std::size_t first)
{
  std::string path;
  for (std::size_t i = first; i < parts.size(); ++i) {
    path += (path.empty() ? "" : "/") + parts[i];
  }
  return path;
}

// Of "scheme://host/path" and "scheme:/path".
std::string path_of(const std::string& uri)
{
  std::string rest = uri.substr(uri.find(':') + 1);
  if (rest.starts_with("//")) {
    const std::size_t slash = rest.find('/', 2);
    rest = slash == std::string::npos ? "" : rest.substr(slash);
  }
  return rest;
}

// A path that climbs names nothing.
bool climbs(const std::vector<std::string>& parts)
{
  return std::any_of(parts.begin(), parts.end(),
                     [](const std::string& part) { return part == ".." || part == "."; });
}

std::optional<std::string> below(const std::string& root, const std::string& path)
{
  if (path == root) {
    return "";
  }
  const std::string prefix = root == "/" ? root : root + "/";
  return path.starts_with(prefix) ? std::optional(path.substr(prefix.size())) : std::nullopt;
}

class Collector {
 public:
  void add(std::size_t root, const std::string& folder)
  {
    const FolderInRoot place{root, folder};
    if (!climbs(parts_of(folder)) &&
        std::find(found_.begin(), found_.end(), place) == found_.end()) {
      found_.push_back(place);
    }
  }
  std::vector<FolderInRoot> take() { return std::move(found_); }

 private:
  std::vector<FolderInRoot> found_;
};

// A store may have moved, or a bucket been copied: the end of the path is what is left of it. It
// must have the owner's id in it, so that nobody's artifacts are taken for another's.
std::vector<std::string> endings(const std::string& path, const std::string& id)
{
  const auto parts = parts_of(path);
  const auto found = std::find(parts.rbegin(), parts.rend(), id);
  if (found == parts.rend()) {
    return {};
  }
  std::vector<std::string> result;
  const auto last = static_cast<std::size_t>(std::distance(found, parts.rend()) - 1);
  for (std::size_t first = 0; first <= last; ++first) {
    result.push_back(joined(parts, first));
  }
  return result;
}

}  // namespace

std::string uri_scheme(const std::string& uri)
{
  const std::size_t colon = uri.find(':');
  if (colon == std::string::npos || colon < 2) {
    return "";
  }
  const std::string scheme = uri.substr(0, colon);
  const bool good =
      is_letter(scheme[0]) && std::all_of(scheme.begin(), scheme.end(), [](char c) {
        return is_letter(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
      });
  return good ? scheme : "";
}

ArtifactPlaces artifact_places(const ArtifactOwnerPlace& owner, const std::string& base,
                               const std::vector<ArtifactRoot>& roots)
{
  ArtifactPlaces places;
  Collector found;
  const std::string scheme = uri_scheme(owner.uri);
  std::string path;
  if (scheme.empty() || scheme == "file") {
    path = plan::join_path(base, path_of_uri(owner.uri).value_or(""));
    for (std::size_t i = 0; i < roots.size(); ++i) {
      if (const auto rest = below(roots[i].path, path); rest && !owner.uri.empty()) {
        places.inside = true;
        found.add(i, *rest);
      }
    }
  } else {
    places.scheme = scheme == k_proxy ? ArtifactScheme::proxied : ArtifactScheme::remote;
    path = path_of(owner.uri);
  }
  const auto tails = endings(path, owner.id);
  const std::string usual =
      owner.experiment + (owner.is_model ? "/models/" : "/") + owner.id + "/artifacts";
  for (std::size_t i = 0; i < roots.size(); ++i) {
    for (const std::string& tail : tails) {
      found.add(i, tail);
    }
    found.add(i, usual);
  }
  places.candidates = found.take();
  return places;
}

}  // namespace mlrepro::mlflow
