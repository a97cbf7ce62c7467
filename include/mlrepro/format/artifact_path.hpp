// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mlrepro::format {

// The only place where what a client calls an artifact becomes a path: components joined by single
// slashes, none of them empty, "." or "..". Absent for everything that could mean something else
// to somebody: absolute paths, drive letters, backslashes, control characters, '#', text that is
// not UTF-8, more than k_longest_artifact_path bytes, and what another decoding would change.
inline constexpr std::size_t k_longest_artifact_path = 500;

// `text` is decoded already, as a query's value is. The empty text is the root.
std::optional<std::string> normal_artifact_path(std::string_view text);

// Of a folder that is to be listed: people write a slash at its end. Otherwise as
// `normal_artifact_path`.
std::optional<std::string> normal_artifact_folder(std::string_view text);

// `text` is the rest of a URL's path, still percent-encoded; it is decoded once.
std::optional<std::string> decode_artifact_path(std::string_view text);

// Whose artifacts a path of the proxy speaks of: "<experiment>/<run>/artifacts/<path>" and
// "<experiment>/models/<model>/artifacts/<path>".
struct ArtifactPlace {
  enum class Owner { run, model } owner = Owner::run;
  std::string experiment;
  std::string id;
  std::string path;  // "" is the root of the owner's artifacts

  bool operator==(const ArtifactPlace&) const = default;
};

// Of a path as `normal_artifact_path` makes it. Absent when it is no place of an owner's.
std::optional<ArtifactPlace> parse_artifact_place(std::string_view path);

// Of an artifact root or what lies below it, as "mlflow-artifacts:/<experiment>/…" or with
// "//host" before the path. Absent for every other scheme.
std::optional<ArtifactPlace> parse_artifact_uri(std::string_view uri);

}  // namespace mlrepro::format
