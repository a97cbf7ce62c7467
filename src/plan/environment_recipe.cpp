// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/environment_recipe.hpp"

#include <algorithm>
#include <string_view>

#include "mlrepro/plan/scrub.hpp"

namespace mlrepro::plan {
namespace {

using model::Package;

bool is_conda(const Package& package)
{
  return package.source == "conda" || package.source.starts_with("conda ");
}

// A name or version that an installer would take for something else: an option, a URL, a second
// requirement. Such a record was not made by mlrepro.
bool is_plain(std::string_view text)
{
  constexpr std::string_view k_plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+!";
  return !text.empty() && text.front() != '-' &&
         text.find_first_not_of(k_plain) == std::string_view::npos;
}

bool is_url(std::string_view text)
{
  return text.find_first_of(" \t\r\n;") == std::string_view::npos &&
         text.find("://") != std::string_view::npos && text.front() != '-';
}

class Planner {
 public:
  void add(const Package& package)
  {
    if (!is_plain(package.name) || !is_plain(package.version)) {
      gap(package, "its name or version is none that can be asked for");
    } else if (is_conda(package)) {
      const std::size_t space = package.source.find(' ');
      const std::string build = space == std::string::npos ? "" : package.source.substr(space + 1);
      recipe_.conda.push_back(package.name + "=" + package.version +
                              (is_plain(build) ? "=" + build : ""));
    } else {
      add_from_elsewhere(package);
    }
    if (!package.modified.empty()) {
      gap(package, "files that were changed after it was installed are not in the record (" +
                       package.modified.begin()->first + ")");
    }
  }

  EnvironmentRecipe finish() && { return std::move(recipe_); }
  EnvironmentRecipe& recipe() { return recipe_; }

 private:
  void add_from_elsewhere(const Package& package)
  {
    const std::size_t space = package.source.find(' ');
    const std::string kind = package.source.substr(0, space);
    const std::string origin = space == std::string::npos ? "" : package.source.substr(space + 1);
    if (kind == "dist-info" || kind == "egg-info" || kind == "egg") {
      recipe_.requirements.push_back(package.name + "==" + package.version);
    } else if (kind == "vcs" || kind == "archive") {
      add_from_url(package, kind, origin);
    } else if (kind == "editable") {
      gap(package, "it was imported from the folder " + origin.substr(0, origin.rfind('@')) +
                       ", whose content is not in the record");
    } else if (kind == "folder") {
      gap(package, "it was installed from the folder " + origin);
    } else {
      gap(package, "packages of R are not rebuilt (" + package.source + ")");
    }
  }

  void add_from_url(const Package& package, const std::string& kind, const std::string& origin)
  {
    std::string url = origin.substr(0, origin.find(' '));
    const std::size_t hash = origin.find("sha256=");
    if (!is_url(url)) {
      gap(package, "where it came from is no address: " + origin);
    } else if (url.find(k_scrubbed) != std::string::npos) {
      gap(package, "its address held a secret, which is not kept");
    } else if (kind == "vcs") {
      const bool has_tool = url.substr(0, url.find(':')).find('+') != std::string::npos;
      recipe_.requirements.push_back(package.name + " @ " + (has_tool ? "" : "git+") + url);
    } else {
      const std::string fragment =
          hash == std::string::npos ? "" : "#" + origin.substr(hash, 7 + 64);
      recipe_.requirements.push_back(package.name + " @ " + url + fragment);
    }
  }

  void gap(const Package& package, const std::string& why)
  {
    recipe_.gaps.push_back(package.name + " " + package.version + ": " + why);
  }

  EnvironmentRecipe recipe_;
};

}  // namespace

std::string EnvironmentRecipe::text() const
{
  std::string text = kind == Kind::conda ? "conda\n" : "venv\n";
  text += "python " + interpreter_version + "\n";
  for (const auto* lines : {&conda, &requirements}) {
    for (const std::string& line : *lines) {
      text += line + "\n";
    }
    text += "\n";
  }
  return text;
}

EnvironmentRecipe plan_environment(const model::Environment& environment)
{
  Planner planner;
  EnvironmentRecipe& recipe = planner.recipe();
  const bool conda =
      std::any_of(environment.packages.begin(), environment.packages.end(), is_conda);
  if (!environment.interpreter) {
    recipe.gaps.emplace_back("the record has no interpreter");
    return std::move(planner).finish();
  }
  if (environment.interpreter->name != "python" && !conda) {
    recipe.gaps.push_back("only Python and conda are rebuilt, the record has " +
                          environment.interpreter->name);
    return std::move(planner).finish();
  }
  if (!is_plain(environment.interpreter->version)) {
    recipe.gaps.emplace_back("the interpreter's version is not in the record");
    return std::move(planner).finish();
  }
  recipe.kind = conda ? EnvironmentRecipe::Kind::conda : EnvironmentRecipe::Kind::venv;
  recipe.interpreter_version = environment.interpreter->version;
  for (const Package& package : environment.packages) {
    planner.add(package);
  }
  return std::move(planner).finish();
}

}  // namespace mlrepro::plan
