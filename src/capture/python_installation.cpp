// SPDX-License-Identifier: Apache-2.0
#include "capture/python_installation.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <sstream>

#include "capture/conda_packages.hpp"
#include "capture/text_file.hpp"
#include "posix/folders.hpp"

namespace mlrepro::capture {
namespace {

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

std::string version_from_conda(const std::string& prefix)
{
  const auto packages = conda_packages(prefix);
  const auto python = std::find_if(packages.begin(), packages.end(),
                                   [](const auto& package) { return package.name == "python"; });
  return python == packages.end() ? "" : python->version;
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

}  // namespace

PythonInstallation find_installation(const std::string& interpreter)
{
  PythonInstallation found;
  const std::string prefix = posix::parent_folder(posix::parent_folder(interpreter));
  const std::string executable = real_path(interpreter);
  const std::string base = posix::parent_folder(posix::parent_folder(executable));
  const auto venv = read_settings(prefix + "/pyvenv.cfg");
  const std::string short_version = short_version_of(executable, venv.empty() ? base : prefix);
  for (const char* key : {"version", "version_info"}) {
    const auto setting = venv.find(key);
    if (setting != venv.end()) {
      found.version = setting->second;
    }
  }
  if (found.version.empty()) {
    found.version = version_from_conda(base);
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
  found.prefixes = base == prefix ? std::vector{prefix} : std::vector{prefix, base};
  return found;
}

}  // namespace mlrepro::capture
