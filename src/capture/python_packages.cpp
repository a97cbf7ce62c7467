// SPDX-License-Identifier: Apache-2.0
#include "capture/python_packages.hpp"

#include <limits.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <map>
#include <sstream>

#include "capture/text_file.hpp"

namespace mlrepro::capture {
namespace {

std::string parent_of(const std::string& path)
{
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos || slash == 0 ? "/" : path.substr(0, slash);
}

std::string real_path(const std::string& path)
{
  std::array<char, PATH_MAX> buffer{};
  return ::realpath(path.c_str(), buffer.data()) != nullptr ? std::string(buffer.data())
                                                            : std::string();
}

std::string trimmed(const std::string& text)
{
  const std::size_t start = text.find_first_not_of(" \t");
  const std::size_t end = text.find_last_not_of(" \t");
  return start == std::string::npos ? "" : text.substr(start, end - start + 1);
}

// "key = value" lines of pyvenv.cfg.
std::map<std::string, std::string> read_settings(const std::string& path)
{
  std::map<std::string, std::string> settings;
  for (const std::string& line : lines_of(read_text(path))) {
    const std::size_t equals = line.find('=');
    if (equals != std::string::npos) {
      settings[trimmed(line.substr(0, equals))] = trimmed(line.substr(equals + 1));
    }
  }
  return settings;
}

// PY_VERSION of patchlevel.h, where the headers are installed.
std::string version_from_headers(const std::string& prefix, const std::string& short_version)
{
  const std::string text = read_text(prefix + "/include/python" + short_version + "/patchlevel.h");
  const std::string mark = "#define PY_VERSION";
  const std::size_t at = text.find(mark);
  const std::size_t open = at == std::string::npos ? at : text.find('"', at);
  const std::size_t close = open == std::string::npos ? open : text.find('"', open + 1);
  return close == std::string::npos ? "" : text.substr(open + 1, close - open - 1);
}

// Debian keeps the full version of its interpreter in the package's changelog folder and in dpkg.
std::string version_from_dpkg(const std::string& short_version)
{
  const std::string text = read_text("/var/lib/dpkg/status", 64'000'000);
  const std::string mark = "Package: python" + short_version + "-minimal\n";
  const std::size_t at = text.find(mark);
  const std::size_t version = at == std::string::npos ? at : text.find("\nVersion: ", at);
  if (version == std::string::npos) {
    return {};
  }
  const std::size_t start = version + 10;
  return text.substr(start, text.find_first_of("-\n", start) - start);
}

std::string short_version_of(const std::string& executable, const std::string& prefix)
{
  const std::string name = executable.substr(executable.rfind('/') + 1);
  if (name.starts_with("python") && name.find('.') != std::string::npos) {
    return name.substr(6);
  }
  for (const std::string& item : names_in(prefix + "/lib")) {
    if (item.starts_with("python3.") && is_folder(prefix + "/lib/" + item)) {
      return item.substr(6);
    }
  }
  return {};
}

void add_folder(std::vector<std::string>& search, const std::string& folder)
{
  if (is_folder(folder) && std::find(search.begin(), search.end(), folder) == search.end()) {
    search.push_back(folder);
  }
}

// Path lines of *.pth files; lines that begin with "import" are code, which nobody runs here.
void add_pth_folders(std::vector<std::string>& search)
{
  const std::vector<std::string> folders = search;
  for (const std::string& folder : folders) {
    for (const std::string& name : names_in(folder)) {
      if (!name.ends_with(".pth")) {
        continue;
      }
      for (const std::string& line : lines_of(read_text(folder + "/" + name))) {
        if (!line.empty() && line[0] != '#' && !line.starts_with("import")) {
          add_folder(search, line[0] == '/' ? line : folder + "/" + line);
        }
      }
    }
  }
}

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

}  // namespace

PythonInstallation find_installation(const std::string& interpreter)
{
  PythonInstallation found;
  const std::string prefix = parent_of(parent_of(interpreter));
  const std::string executable = real_path(interpreter);
  const std::string base = parent_of(parent_of(executable));
  const auto venv = read_settings(prefix + "/pyvenv.cfg");
  const std::string short_version = short_version_of(executable, venv.empty() ? base : prefix);
  for (const char* key : {"version", "version_info"}) {
    const auto setting = venv.find(key);
    if (setting != venv.end()) {
      found.version = setting->second;
    }
  }
  if (found.version.empty()) {
    found.version = version_from_headers(base, short_version);
  }
  if (found.version.empty() && base == "/usr") {
    found.version = version_from_dpkg(short_version);
  }
  if (found.version.empty()) {
    found.version = short_version;
  }
  if (const char* path = std::getenv("PYTHONPATH")) {
    std::istringstream folders(path);
    for (std::string folder; std::getline(folders, folder, ':');) {
      add_folder(found.search_path, folder);
    }
  }
  const std::string library = "/lib/python" + short_version;
  add_folder(found.search_path, prefix + library + "/site-packages");
  add_folder(found.search_path, prefix + "/lib64/python" + short_version + "/site-packages");
  const auto shared = venv.find("include-system-site-packages");
  if (venv.empty() || (shared != venv.end() && shared->second == "true")) {
    const char* home = std::getenv("HOME");
    if (home != nullptr && std::getenv("PYTHONNOUSERSITE") == nullptr) {
      add_folder(found.search_path, std::string(home) + "/.local" + library + "/site-packages");
    }
    add_folder(found.search_path, base + library + "/site-packages");
    if (base == "/usr") {
      add_folder(found.search_path, "/usr/local" + library + "/dist-packages");
      add_folder(found.search_path, "/usr/lib/python3/dist-packages");
    }
  }
  add_pth_folders(found.search_path);
  return found;
}

std::vector<model::Package> installed_packages(const std::vector<std::string>& search_path)
{
  std::map<std::string, model::Package> packages;
  for (const std::string& folder : search_path) {
    for (const std::string& name : names_in(folder)) {
      const std::string path = folder + "/" + name;
      std::optional<model::Package> package;
      if (name.ends_with(".dist-info")) {
        package = read_metadata(path + "/METADATA", "dist-info");
      } else if (name.ends_with(".egg-info")) {
        package = read_metadata(is_folder(path) ? path + "/PKG-INFO" : path, "egg-info");
      }
      if (package) {
        packages.emplace(package->name, *package);
      }
    }
  }
  std::vector<model::Package> sorted;
  for (auto& [name, package] : packages) {
    sorted.push_back(std::move(package));
  }
  return sorted;
}

}  // namespace mlrepro::capture
