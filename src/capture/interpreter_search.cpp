// SPDX-License-Identifier: Apache-2.0
#include "capture/interpreter_search.hpp"

#include <limits.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <sstream>

#include "capture/text_file.hpp"
#include "posix/process_identity.hpp"

namespace mlrepro::capture {
namespace {

std::string base_name(const std::string& path)
{
  return path.substr(path.rfind('/') + 1);
}

std::string link_target(const std::string& path)
{
  std::array<char, PATH_MAX> buffer{};
  const ssize_t size = ::readlink(path.c_str(), buffer.data(), buffer.size());
  return size > 0 ? std::string(buffer.data(), static_cast<std::size_t>(size)) : std::string();
}

std::string real_path(const std::string& path)
{
  std::array<char, PATH_MAX> buffer{};
  return ::realpath(path.c_str(), buffer.data()) != nullptr ? std::string(buffer.data()) : std::string();
}

// The first executable of that name in a PATH whose real file is `executable`.
std::string find_in_path(const std::string& name, const std::string& search, const std::string& executable)
{
  std::istringstream folders(search);
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::string path = folder + "/" + name;
    if (::access(path.c_str(), X_OK) == 0 && (executable.empty() || real_path(path) == executable)) {
      return path;
    }
  }
  return {};
}

std::string variable_of(const std::string& environment, const std::string& name)
{
  std::size_t start = 0;
  while (start < environment.size()) {
    const std::size_t end = std::min(environment.find('\0', start), environment.size());
    if (environment.compare(start, name.size() + 1, name + "=") == 0) {
      return environment.substr(start + name.size() + 1, end - start - name.size() - 1);
    }
    start = end + 1;
  }
  return {};
}

std::optional<model::Interpreter> interpreter_of_process(int pid)
{
  const std::string process = "/proc/" + std::to_string(pid);
  const std::string executable = link_target(process + "/exe");
  const std::string name = interpreter_name(executable);
  if (name.empty()) {
    return std::nullopt;
  }
  const std::string first = read_text(process + "/cmdline").c_str();
  std::string path;
  if (first.find('/') != std::string::npos) {
    path = first.starts_with('/') ? first : link_target(process + "/cwd") + "/" + first;
  } else if (!first.empty()) {
    path = find_in_path(first, variable_of(read_text(process + "/environ", 1'000'000), "PATH"), executable);
  }
  // A name that does not lead to what runs is no clue (argv[0] is free text).
  if (path.empty() || real_path(path) != executable) {
    path = executable;
  }
  return model::Interpreter{name, "", path};
}

}  // namespace

std::string interpreter_name(const std::string& program)
{
  const std::string name = base_name(program);
  const std::string rest = name.starts_with("python") ? name.substr(6) : "x";
  if (rest.find_first_not_of("0123456789.") == std::string::npos) {
    return "python";
  }
  if (name == "R" || name == "Rscript") {
    return "R";
  }
  return name == "julia" || name == "node" || name == "perl" || name == "ruby" ? name : "";
}

std::optional<model::Interpreter> interpreter_of(const std::string& program)
{
  const std::string head = read_text(program, 256);
  const std::string real = real_path(program);
  if (!head.starts_with("#!")) {
    const std::string name = interpreter_name(program);
    const std::string real_name = interpreter_name(real);
    if (name.empty() && real_name.empty()) {
      return std::nullopt;
    }
    return model::Interpreter{name.empty() ? real_name : name, "", program};
  }
  std::istringstream words(head.substr(2, head.find('\n') - 2));
  std::string word;
  words >> word;
  if (base_name(word) == "env") {
    while (words >> word && (word.starts_with('-') || word.find('=') != std::string::npos)) {
    }
    const char* search = std::getenv("PATH");
    word = find_in_path(word, search == nullptr ? "" : search, "");
  }
  // A shell script may start anything; a shim of a version manager is one.
  return interpreter_name(word).empty() ? std::nullopt
                                        : std::optional(model::Interpreter{interpreter_name(word), "", word});
}

std::optional<model::Interpreter> running_interpreter(int pid)
{
  if (auto found = interpreter_of_process(pid)) {
    return found;
  }
  for (const int descendant : posix::descendants_of(pid)) {
    if (auto found = interpreter_of_process(descendant)) {
      return found;
    }
  }
  return std::nullopt;
}

}  // namespace mlrepro::capture
