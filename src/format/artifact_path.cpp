// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/format/artifact_path.hpp"

#include <algorithm>
#include <vector>

#include "mlrepro/format/json_text.hpp"
#include "mlrepro/format/request_target.hpp"
#include "mlrepro/model/repo_path.hpp"
#include "mlrepro/model/run_id.hpp"

namespace mlrepro::format {
namespace {

constexpr std::string_view k_scheme = "mlflow-artifacts:";

bool has_foreign_byte(std::string_view text)
{
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f || c == '\\' || c == '#';
  });
}

bool is_drive(std::string_view component)
{
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  return component.size() >= 2 && is_letter(component[0]) && component[1] == ':';
}

std::vector<std::string_view> components_of(std::string_view text)
{
  std::vector<std::string_view> components;
  while (true) {
    const std::size_t slash = text.find('/');
    components.push_back(text.substr(0, slash));
    if (slash == std::string_view::npos) {
      return components;
    }
    text.remove_prefix(slash + 1);
  }
}

bool is_model_id(std::string_view text)
{
  return text.starts_with("m-") && model::RunId::parse(text.substr(2));
}

// Behind "<id>": "/artifacts" and perhaps more.
std::optional<std::string> below_artifacts(std::string_view rest)
{
  constexpr std::string_view k_folder = "artifacts";
  if (!rest.starts_with(k_folder)) {
    return std::nullopt;
  }
  rest.remove_prefix(k_folder.size());
  if (rest.empty()) {
    return "";
  }
  return rest.front() == '/' ? std::optional<std::string>(rest.substr(1)) : std::nullopt;
}

std::string_view take_component(std::string_view& rest)
{
  const std::string_view component = rest.substr(0, rest.find('/'));
  rest.remove_prefix(std::min(rest.size(), component.size() + 1));
  return component;
}

}  // namespace

std::optional<std::string> normal_artifact_path(std::string_view text)
{
  if (text.empty()) {
    return "";
  }
  const auto again = percent_decode(text);
  if (text.size() > k_longest_artifact_path || has_foreign_byte(text) || !is_utf8(text) ||
      (again && *again != text)) {
    return std::nullopt;
  }
  const auto components = components_of(text);
  const bool sound = std::all_of(components.begin(), components.end(), [](std::string_view name) {
    return model::RepoPath::is_valid_component(name) && !is_drive(name);
  });
  return sound ? std::optional<std::string>(text) : std::nullopt;
}

std::optional<std::string> normal_artifact_folder(std::string_view text)
{
  const bool slash = text.size() > 1 && text.back() == '/';
  return normal_artifact_path(slash ? text.substr(0, text.size() - 1) : text);
}

std::optional<std::string> decode_artifact_path(std::string_view text)
{
  const auto decoded = percent_decode(text);
  return decoded ? normal_artifact_path(*decoded) : std::nullopt;
}

std::optional<ArtifactPlace> parse_artifact_place(std::string_view path)
{
  ArtifactPlace place;
  place.experiment = std::string(take_component(path));
  std::string_view id = take_component(path);
  if (id == "models") {
    place.owner = ArtifactPlace::Owner::model;
    id = take_component(path);
  }
  const bool is_id = place.owner == ArtifactPlace::Owner::model
                         ? is_model_id(id)
                         : model::RunId::parse(id).has_value();
  const auto below = below_artifacts(path);
  if (place.experiment.empty() || !is_id || !below) {
    return std::nullopt;
  }
  place.id = std::string(id);
  place.path = *below;
  return place;
}

std::optional<ArtifactPlace> parse_artifact_uri(std::string_view uri)
{
  if (!uri.starts_with(k_scheme)) {
    return std::nullopt;
  }
  uri.remove_prefix(k_scheme.size());
  if (uri.starts_with("//")) {
    uri.remove_prefix(std::min(uri.size(), uri.find('/', 2)));
  }
  if (!uri.starts_with('/')) {
    return std::nullopt;
  }
  const auto path = normal_artifact_path(uri.substr(1));
  return path ? parse_artifact_place(*path) : std::nullopt;
}

}  // namespace mlrepro::format
