// SPDX-License-Identifier: Apache-2.0
#include "capture/interpreter_search.hpp"

#include <limits.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <sstream>
#include <string_view>
#include <vector>

#include "capture/text_file.hpp"
#include "capture/wrapper_script.hpp"
#include "posix/process_identity.hpp"

namespace mlrepro::capture {
namespace {

// A script that wraps a script that wraps …, or that wraps itself.
constexpr int k_max_wrappers = 6;

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

// The first of that name in a PATH whose real file is `executable`.
std::string name_in_path(const std::string& name, const std::string& search,
                         const std::string& executable)
{
  std::istringstream folders(search);
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::string path = folder + "/" + name;
    if (real_path(path) == executable) {
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

std::vector<std::string> words_of(const std::string& command_line)
{
  std::vector<std::string> words;
  std::istringstream text(command_line);
  for (std::string word; std::getline(text, word, '\0');) {
    words.push_back(word);
  }
  return words;
}

// Programs in Python whose only work is to start another one in an environment that is not theirs.
bool is_launcher(const std::vector<std::string>& words)
{
  constexpr std::array<std::string_view, 10> k_names = {
      "conda", "conda-script.py", "mamba", "poetry", "pipenv", "pdm", "hatch", "rye", "tox", "nox"};
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "-W" || word == "-X") {
      ++i;  // with a word of its own
    } else if (word == "-c") {
      return false;
    } else if (!word.starts_with('-')) {
      return std::find(k_names.begin(), k_names.end(), base_name(word)) != k_names.end();
    }
  }
  return false;
}

std::optional<model::Interpreter> interpreter_of_process(int pid)
{
  const std::string process = "/proc/" + std::to_string(pid);
  const std::string executable = link_target(process + "/exe");
  const std::string name = interpreter_name(executable);
  if (name.empty()) {
    return std::nullopt;
  }
  const std::vector<std::string> words = words_of(read_text(process + "/cmdline"));
  if (is_launcher(words)) {
    return std::nullopt;
  }
  const std::string first = words.empty() ? "" : words.front();
  std::string path;
  if (first.find('/') != std::string::npos) {
    path = first.starts_with('/') ? first : link_target(process + "/cwd") + "/" + first;
  } else if (!first.empty()) {
    path = name_in_path(first, variable_of(read_text(process + "/environ", 1'000'000), "PATH"),
                        executable);
  }
  // A name that does not lead to what runs is no clue (argv[0] is free text).
  if (path.empty() || real_path(path) != executable) {
    path = executable;
  }
  return model::Interpreter{name, "", path};
}

// What a "#!" line names, through `env` and PATH.
std::string script_interpreter(const std::string& head)
{
  std::istringstream words(head.substr(2, head.find('\n') - 2));
  std::string word;
  words >> word;
  if (base_name(word) == "env") {
    while (words >> word && (word.starts_with('-') || word.find('=') != std::string::npos)) {
    }
    const char* search = std::getenv("PATH");
    word = find_in_path(word, search == nullptr ? "" : search);
  }
  return word;
}

std::optional<model::Interpreter> find_interpreter(const std::string& program,
                                                   const std::string& cwd, int depth)
{
  if (depth == 0 || program.empty()) {
    return std::nullopt;
  }
  const std::string head = read_text(program, 256);
  if (!head.starts_with("#!")) {
    const std::string name = interpreter_name(program);
    const std::string real_name = interpreter_name(real_path(program));
    if (name.empty() && real_name.empty()) {
      return std::nullopt;
    }
    return model::Interpreter{name.empty() ? real_name : name, "", program};
  }
  const std::string word = script_interpreter(head);
  if (!interpreter_name(word).empty()) {
    // Itself a shim where "#!/usr/bin/env python3" found one.
    return find_interpreter(word, cwd, depth - 1);
  }
  // A shell script may start anything, but the shims of version managers say what.
  const auto target = wrapped_program(program, cwd);
  return target ? find_interpreter(*target, cwd, depth - 1) : std::nullopt;
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

std::optional<model::Interpreter> interpreter_of(const std::string& program, const std::string& cwd)
{
  return find_interpreter(program, cwd, k_max_wrappers);
}

std::optional<model::Interpreter> running_interpreter(int pid)
{
  if (auto found = interpreter_of_process(pid)) {
    return found;
  }
  for (const int descendant : posix::descendants_now(pid)) {
    if (auto found = interpreter_of_process(descendant)) {
      return found;
    }
  }
  return std::nullopt;
}

}  // namespace mlrepro::capture
