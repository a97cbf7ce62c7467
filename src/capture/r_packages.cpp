// SPDX-License-Identifier: Apache-2.0
#include "capture/r_packages.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <sstream>

#include "capture/text_file.hpp"
#include "mlrepro/plan/version_order.hpp"
#include "posix/folders.hpp"
#include "posix/variables.hpp"

namespace mlrepro::capture {
namespace {

void add_listed(std::vector<std::string>& folders, const char* variable)
{
  std::istringstream list(posix::variable(variable));
  for (std::string folder; std::getline(list, folder, ':');) {
    add_folder(folders, folder);
  }
}

// What renv's startup script puts before all others, of R "4.2" for instance: renv/library/R-4.2/
// <platform>, or since renv 1.0 with a folder for the system in between.
void add_renv(std::vector<std::string>& folders, const std::string& cwd, const std::string& series)
{
  if (!is_file(cwd + "/renv/activate.R")) {
    return;
  }
  const std::string library = cwd + "/renv/library";
  std::vector<std::string> places = {library};
  for (const std::string& system : names_in(library)) {
    places.push_back(library + "/" + system);
  }
  for (const std::string& place : places) {
    const std::string versions = place + "/R-" + series;
    for (const std::string& platform : names_in(versions)) {
      add_folder(folders, versions + "/" + platform);
    }
  }
}

// Where install.packages() puts packages for a user who may not write to the system's libraries.
void add_users_own(std::vector<std::string>& folders, const std::string& series)
{
  const std::string place = posix::variable("HOME") + "/R";
  for (const std::string& platform : names_in(place)) {
    if (platform.ends_with("-library")) {
      add_folder(folders, place + "/" + platform + "/" + series);
    }
  }
}

// Of the installation itself and for all users.
std::vector<std::string> shared_libraries(const std::string& program)
{
  std::vector<std::string> folders;
  add_listed(folders, "R_LIBS_SITE");
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

RInstallation read_r_installation(const std::string& program, const std::string& cwd)
{
  const std::vector<std::string> shared = shared_libraries(program);
  RInstallation found;
  for (const std::string& folder : shared) {
    if (found.version.empty()) {
      found.version = read_description(folder + "/base/DESCRIPTION")["Version"];
    }
  }
  const std::string series = plan::version_series(found.version);
  std::vector<std::string> folders;
  add_renv(folders, cwd, series);
  add_listed(folders, "R_LIBS");
  add_listed(folders, "R_LIBS_USER");
  if (std::getenv("R_LIBS_USER") == nullptr) {
    add_users_own(folders, series);
  }
  folders.insert(folders.end(), shared.begin(), shared.end());
  std::map<std::string, model::Package> packages;
  for (const std::string& folder : folders) {
    for (const std::string& name : names_in(folder)) {
      auto fields = read_description(folder + "/" + name + "/DESCRIPTION");
      if (!fields["Package"].empty() && !fields["Version"].empty()) {
        packages.emplace(
            fields["Package"],
            model::Package{fields["Package"], fields["Version"], source_of(fields), {}});
      }
    }
  }
  for (auto& [name, package] : packages) {
    found.packages.push_back(std::move(package));
  }
  return found;
}

}  // namespace mlrepro::capture
