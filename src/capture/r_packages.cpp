// SPDX-License-Identifier: Apache-2.0
#include "capture/r_packages.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <sstream>

#include "capture/text_file.hpp"
#include "posix/folders.hpp"

namespace mlrepro::capture {
namespace {

void add_folder(std::vector<std::string>& folders, const std::string& folder)
{
  if (is_folder(folder) && std::find(folders.begin(), folders.end(), folder) == folders.end()) {
    folders.push_back(folder);
  }
}

std::vector<std::string> libraries_of(const std::string& program)
{
  std::vector<std::string> folders;
  for (const char* name : {"R_LIBS", "R_LIBS_USER", "R_LIBS_SITE"}) {
    const char* value = std::getenv(name);
    std::istringstream list(value == nullptr ? "" : value);
    for (std::string folder; std::getline(list, folder, ':');) {
      add_folder(folders, folder);
    }
  }
  if (const char* home = std::getenv("R_HOME")) {
    add_folder(folders, std::string(home) + "/library");
  }
  // The program is <R home>/bin/exec/R, or <prefix>/bin/R beside <prefix>/lib/R.
  for (std::string at = real_path(program); at.size() > 1; at = posix::parent_folder(at)) {
    add_folder(folders, at + "/library");
    add_folder(folders, at + "/lib/R/site-library");
    add_folder(folders, at + "/lib/R/library");
  }
  for (const char* folder :
       {"/usr/local/lib/R/site-library", "/usr/lib/R/site-library", "/usr/lib/R/library"}) {
    add_folder(folders, folder);
  }
  return folders;
}

// Fields of a DESCRIPTION (Debian control format) that stand on one line.
std::map<std::string, std::string> read_description(const std::string& path)
{
  std::map<std::string, std::string> fields;
  for (const std::string& line : lines_of(read_text(path))) {
    const std::size_t colon = line.find(':');
    if (colon != std::string::npos && !line.starts_with(' ') && !line.starts_with('\t')) {
      fields.emplace(line.substr(0, colon), trimmed(line.substr(colon + 1)));
    }
  }
  return fields;
}

std::string source_of(std::map<std::string, std::string>& fields)
{
  if (!fields["RemoteSha"].empty() && fields["RemoteType"] != "standard") {
    return fields["RemoteType"] + " " + fields["RemoteSha"];
  }
  return fields["Repository"].empty() ? fields["Priority"] : fields["Repository"];
}

}  // namespace

RInstallation read_r_installation(const std::string& program)
{
  std::map<std::string, model::Package> packages;
  for (const std::string& folder : libraries_of(program)) {
    for (const std::string& name : names_in(folder)) {
      auto fields = read_description(folder + "/" + name + "/DESCRIPTION");
      if (!fields["Package"].empty() && !fields["Version"].empty()) {
        packages.emplace(
            fields["Package"],
            model::Package{fields["Package"], fields["Version"], source_of(fields), {}});
      }
    }
  }
  RInstallation found;
  if (const auto base = packages.find("base"); base != packages.end()) {
    found.version = base->second.version;
  }
  for (auto& [name, package] : packages) {
    found.packages.push_back(std::move(package));
  }
  return found;
}

}  // namespace mlrepro::capture
