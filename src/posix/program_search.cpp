// SPDX-License-Identifier: Apache-2.0
#include "posix/program_search.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace mlrepro::posix {
namespace {

constexpr std::string_view k_default_path = "/bin:/usr/bin";  // execvp(3)

bool is_program(const std::string& file)
{
  struct stat status {};
  return ::stat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         ::faccessat(AT_FDCWD, file.c_str(), X_OK, AT_EACCESS) == 0;
}

std::string absolute(std::string_view file, const std::string& cwd)
{
  if (file.substr(0, 1) == "/") {
    return std::string(file);
  }
  while (file.substr(0, 2) == "./") {
    file.remove_prefix(2);
  }
  return cwd + (cwd.empty() || cwd.back() != '/' ? "/" : "") + std::string(file);
}

}  // namespace

std::vector<std::string> program_candidates(const std::string& name,
                                            std::optional<std::string_view> path)
{
  if (name.empty()) {
    return {};
  }
  if (name.find('/') != std::string::npos) {
    return {name};
  }
  std::vector<std::string> files;
  std::string_view rest = path.value_or(k_default_path);
  for (;;) {
    const auto end = rest.find(':');
    const auto folder = rest.substr(0, end);
    // An empty element is the current folder; "./" keeps the name from being searched again.
    files.push_back(folder.empty() ? "./" + name : std::string(folder) + "/" + name);
    if (end == std::string_view::npos) {
      return files;
    }
    rest.remove_prefix(end + 1);
  }
}

std::optional<std::string> find_program(const std::string& name, const std::string& cwd,
                                        std::optional<std::string_view> path)
{
  for (const std::string& candidate : program_candidates(name, path)) {
    std::string file = absolute(candidate, cwd);
    if (is_program(file)) {
      return file;
    }
  }
  return std::nullopt;
}

}  // namespace mlrepro::posix
