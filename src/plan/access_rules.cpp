// SPDX-License-Identifier: Apache-2.0
#include "mlrepro/plan/access_rules.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "mlrepro/model/ascii.hpp"
#include "mlrepro/model/repo_path.hpp"
#include "mlrepro/plan/paths.hpp"

namespace mlrepro::plan {
namespace {

using model::Interest;

// Folders that hold tools, caches and installed packages, wherever they are.
constexpr std::array<std::string_view, 22> k_tool_folders{
    ".git",          ".hg",           ".svn",
    ".mlrepro",      "__pycache__",   ".ipynb_checkpoints",
    ".pytest_cache", ".mypy_cache",   ".ruff_cache",
    ".tox",          ".nox",          ".venv",
    ".pixi",         ".eggs",         ".Rproj.user",
    ".cache",        "site-packages", "dist-packages",
    "node_modules",  "conda-meta",    "__pypackages__",
    ".ccache"};

constexpr std::array<std::string_view, 19> k_system_folders{
    "/usr", "/lib", "/lib32", "/lib64", "/libx32", "/bin", "/sbin", "/etc", "/proc", "/sys",
    "/dev", "/run", "/var",   "/tmp",   "/boot",   "/opt", "/snap", "/nix", "/gnu"};

// Data that libraries download behind the user's back.
constexpr std::array<std::string_view, 5> k_data_caches{
    "/.cache/huggingface/", "/.cache/torch/", "/.cache/kagglehub/", "/.keras/", "/opt/ml/"};

constexpr std::array<std::string_view, 41> k_data_suffixes{
    ".csv",   ".tsv",    ".parquet", ".feather",     ".arrow", ".avro",    ".orc",
    ".jsonl", ".ndjson", ".npy",     ".npz",         ".pkl",   ".pickle",  ".joblib",
    ".h5",    ".hdf5",   ".nc",      ".mat",         ".rds",   ".rda",     ".rdata",
    ".db",    ".sqlite", ".sqlite3", ".duckdb",      ".xlsx",  ".xls",     ".pt",
    ".pth",   ".ckpt",   ".onnx",    ".safetensors", ".bin",   ".png",     ".jpg",
    ".jpeg",  ".tif",    ".tiff",    ".wav",         ".mp3",   ".tfrecord"};

constexpr std::array<std::string_view, 8> k_packed_suffixes{".gz",  ".zst", ".xz",  ".bz2",
                                                            ".zip", ".tar", ".tgz", ".7z"};

template <typename List>
bool is_one_of(std::string_view text, const List& list)
{
  return std::find(list.begin(), list.end(), text) != list.end();
}

// Calls `visit` with each component, until it returns true.
template <typename Visit>
bool any_component(std::string_view path, Visit visit)
{
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (end > 0 && visit(path.substr(0, end))) {
      return true;
    }
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return false;
}

bool is_compiled_script(std::string_view path)
{
  return path.ends_with(".pyc") || path.ends_with(".pyo");
}

// "R/x86_64-pc-linux-gnu-library/4.2/" of a user, "renv/library/" of a project.
bool is_of_an_r_library(std::string_view path)
{
  std::string_view before;
  return any_component(path, [&](std::string_view part) {
    const bool of_a_user = before == "R" && part.ends_with("-library");
    const bool of_a_project = before == "renv" && part == "library";
    before = part;
    return of_a_user || of_a_project;
  });
}

bool is_of_tools(std::string_view relative)
{
  return is_compiled_script(relative) || is_of_an_r_library(relative) ||
         any_component(relative,
                       [](std::string_view part) { return is_one_of(part, k_tool_folders); });
}

bool is_of_the_system(std::string_view path)
{
  return std::any_of(k_system_folders.begin(), k_system_folders.end(),
                     [&](std::string_view folder) { return model::is_within(path, folder); });
}

// "lib/python3.11/", "lib64/R/": an interpreter's own library outside of the system's folders.
bool is_of_an_interpreter(std::string_view path)
{
  std::string_view before;
  return any_component(path, [&](std::string_view part) {
    const bool in_library = before == "lib" || before == "lib64";
    before = part;
    return in_library && (part.starts_with("python") || part == "R" || part == "julia");
  });
}

// What a run reads there and did not write itself was put there for it, and will not last.
bool is_temporary_data(std::string_view path)
{
  return (model::is_within(path, "/tmp") || model::is_within(path, "/var/tmp")) &&
         looks_like_data(path);
}

bool is_shared_library(std::string_view path)
{
  const std::size_t name = path.rfind('/') + 1;
  const std::size_t at = path.find(".so", name);
  return at != std::string_view::npos && (at + 3 == path.size() || path[at + 3] == '.');
}

bool is_users_file(std::string_view path)
{
  if (std::any_of(k_data_caches.begin(), k_data_caches.end(), [&](std::string_view cache) {
        return path.find(cache) != std::string_view::npos;
      })) {
    return true;
  }
  return (!is_of_the_system(path) || is_temporary_data(path)) && !is_of_tools(path) &&
         !is_of_an_interpreter(path) && !is_shared_library(path) &&
         !any_component(path, [](std::string_view part) { return part.starts_with('.'); });
}

}  // namespace

AccessRules::AccessRules(std::vector<AccessRoot> roots, std::vector<std::string> left_out)
    : roots_(std::move(roots)), left_out_(std::move(left_out))
{
  std::stable_sort(roots_.begin(), roots_.end(), [](const AccessRoot& a, const AccessRoot& b) {
    return a.path.size() > b.path.size();
  });
}

model::Sighting AccessRules::look(std::string_view path) const
{
  for (const std::string& folder : left_out_) {
    if (model::is_within(path, folder)) {
      return {};
    }
  }
  for (const AccessRoot& root : roots_) {
    if (root.path == "/" ? !is_of_the_system(path) : model::is_within(path, root.path)) {
      const std::string_view rest = path.substr(root.path == "/" ? 0 : root.path.size());
      if (is_of_tools(rest)) {
        return {};
      }
      return {Interest::inside, (root.name == "/" ? "" : root.name) + std::string(rest)};
    }
  }
  return is_users_file(path) ? model::Sighting{Interest::outside, std::string(path)}
                             : model::Sighting{};
}

bool looks_like_data(std::string_view path)
{
  std::string name = model::lower_case(base_name(path));
  const auto ends_with = [&](const auto& suffixes) {
    return std::any_of(suffixes.begin(), suffixes.end(), [&](std::string_view suffix) {
      return name.size() > suffix.size() && name.ends_with(suffix);
    });
  };
  return ends_with(k_data_suffixes) || ends_with(k_packed_suffixes);
}

}  // namespace mlrepro::plan
