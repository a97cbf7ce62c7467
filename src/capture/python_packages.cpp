// SPDX-License-Identifier: Apache-2.0
#include "capture/python_packages.hpp"

#include <cctype>
#include <map>
#include <optional>
#include <set>

#include "capture/distribution_origin.hpp"
#include "capture/distribution_record.hpp"
#include "capture/text_file.hpp"

namespace mlrepro::capture {
namespace {

std::string normalised(const std::string& name)
{
  std::string out;
  for (const char c : name) {
    const bool separator = c == '-' || c == '_' || c == '.';
    if (!separator) {
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!out.ends_with('-')) {
      out += '-';
    }
  }
  return out;
}

std::optional<model::Package> read_metadata(const std::string& path, const std::string& source)
{
  model::Package package;
  package.source = source;
  for (const std::string& line : lines_of(read_text(path, 8192))) {
    if (line.empty()) {
      break;
    }
    if (line.starts_with("Name: ")) {
      package.name = normalised(trimmed(line.substr(6)));
    } else if (line.starts_with("Version: ")) {
      package.version = trimmed(line.substr(9));
    }
    if (!package.name.empty() && !package.version.empty()) {
      return package;
    }
  }
  return std::nullopt;
}

// The source folders that setuptools' old editable installs point to.
std::set<std::string> linked_folders(const std::vector<std::string>& search_path)
{
  std::set<std::string> folders;
  for (const std::string& folder : search_path) {
    for (const std::string& name : names_in(folder)) {
      const auto lines = name.ends_with(".egg-link") ? lines_of(read_text(folder + "/" + name))
                                                     : std::vector<std::string>();
      if (!lines.empty()) {
        folders.insert(trimmed(lines.front()));
      }
    }
  }
  return folders;
}

class Search {
 public:
  Search(const std::vector<std::string>& search_path, const FolderState& state_of)
      : links_(linked_folders(search_path)), state_of_(state_of)
  {
    for (const std::string& folder : search_path) {
      for (const std::string& name : names_in(folder)) {
        if (auto package = read(folder, name)) {
          std::string key = package->name;
          packages_.emplace(std::move(key), std::move(*package));
        }
      }
    }
  }

  std::vector<model::Package> take()
  {
    std::vector<model::Package> sorted;
    for (auto& [name, package] : packages_) {
      sorted.push_back(std::move(package));
    }
    return sorted;
  }

 private:
  [[nodiscard]] bool is_new(const std::optional<model::Package>& package) const
  {
    return package && !packages_.contains(package->name);
  }

  std::optional<model::Package> read(const std::string& folder, const std::string& name) const
  {
    const std::string path = folder + "/" + name;
    if (name.ends_with(".dist-info")) {
      auto package = read_metadata(path + "/METADATA", "dist-info");
      if (is_new(package)) {
        package->source = origin_of(read_text(path + "/direct_url.json"), state_of_);
        package->modified = modified_files(folder, path + "/RECORD");
      }
      return package;
    }
    if (name.ends_with(".egg-info")) {
      auto package = read_metadata(is_folder(path) ? path + "/PKG-INFO" : path, "egg-info");
      if (is_new(package) && links_.contains(folder)) {
        package->source = "editable " + folder + state_of_(folder);
      }
      return package;
    }
    return name.ends_with(".egg") ? read_metadata(path + "/EGG-INFO/PKG-INFO", "egg")
                                  : std::nullopt;
  }

  std::set<std::string> links_;
  const FolderState& state_of_;
  std::map<std::string, model::Package> packages_;
};

}  // namespace

std::vector<model::Package> installed_packages(const std::vector<std::string>& search_path,
                                               const FolderState& state_of)
{
  return Search(search_path, state_of).take();
}

}  // namespace mlrepro::capture
