// SPDX-License-Identifier: Apache-2.0
#include "capture/wrapper_script.hpp"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <sstream>
#include <vector>

#include "capture/text_file.hpp"
#include "posix/variables.hpp"

namespace mlrepro::capture {
namespace {

// pyenv, rbenv and nodenv write the same shims; they differ in these names.
struct VersionManager {
  const char* name;
  const char* root_variable;
  const char* version_variable;
  const char* version_file;
};
constexpr VersionManager k_managers[] = {
    {"pyenv", "PYENV_ROOT", "PYENV_VERSION", ".python-version"},
    {"rbenv", "RBENV_ROOT", "RBENV_VERSION", ".ruby-version"},
    {"nodenv", "NODENV_ROOT", "NODENV_VERSION", ".node-version"},
};

std::string base_name(const std::string& path)
{
  return path.substr(path.rfind('/') + 1);
}

std::string unquoted(std::string word)
{
  std::erase_if(word, [](char c) { return c == '"' || c == '\''; });
  return word;
}

// The word after "exec", without quotes; empty when the line does not hand over. The odd quotes
// are those of pip's scripts for paths that are too long for a "#!" line.
std::string executed_word(const std::string& line)
{
  const std::size_t start = line.find_first_not_of(" \t");
  if (start == std::string::npos) {
    return {};
  }
  for (const std::string mark : {"exec ", "'''exec' "}) {
    if (line.compare(start, mark.size(), mark) != 0) {
      continue;
    }
    const std::size_t word = line.find_first_not_of(' ', start + mark.size());
    if (word == std::string::npos) {
      return {};
    }
    const char quote = line[word];
    const bool quoted = quote == '"' || quote == '\'';
    const std::size_t end = quoted ? line.find(quote, word + 1) : line.find(' ', word);
    return unquoted(line.substr(word, end == std::string::npos ? end : end - word));
  }
  return {};
}

std::string first_word_of_file(const std::string& path)
{
  for (const std::string& line : lines_of(read_text(path))) {
    std::istringstream words(line);
    std::string word;
    if (words >> word && !word.starts_with('#')) {
      return word;
    }
  }
  return {};
}

std::string selected_version(const VersionManager& manager, const std::string& root,
                             const std::string& cwd)
{
  std::string version = posix::variable(manager.version_variable);
  for (std::string folder = cwd; version.empty() && !folder.empty();) {
    version = first_word_of_file(folder + "/" + manager.version_file);
    const std::size_t slash = folder.rfind('/');
    folder = slash == std::string::npos ? "" : folder.substr(0, slash);
  }
  if (version.empty()) {
    version = first_word_of_file(root + "/version");
  }
  version = version.substr(0, version.find(':'));  // the first of several that has it is the rule
  return version.empty() ? "system" : version;
}

std::vector<int> numbers_in(const std::string& text)
{
  std::vector<int> numbers;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, '.');) {
    const bool digits =
        !part.empty() && part.size() < 9 &&
        std::all_of(part.begin(), part.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
    numbers.push_back(digits ? std::stoi(part) : -1);
  }
  return numbers;
}

// "3.11" stands for the newest installed "3.11.x".
std::string installed_version(const std::string& versions, const std::string& version)
{
  if (is_folder(versions + "/" + version)) {
    return version;
  }
  std::string newest;
  for (const std::string& name : names_in(versions)) {
    if (name.starts_with(version + ".") &&
        (newest.empty() || numbers_in(newest) < numbers_in(name))) {
      newest = name;
    }
  }
  return newest;
}

std::optional<std::string> managed_program(const VersionManager& manager, const std::string& text,
                                           const std::string& program, const std::string& cwd)
{
  std::string root;
  const std::string mark = "export " + std::string(manager.root_variable) + "=";
  for (const std::string& line : lines_of(text)) {
    if (line.starts_with(mark)) {
      root = unquoted(line.substr(mark.size()));
    }
  }
  if (root.empty()) {
    return std::nullopt;
  }
  const std::string version = selected_version(manager, root, cwd);
  const std::string installed =
      version == "system" ? "" : installed_version(root + "/versions", version);
  const std::string found = installed.empty()
                                ? find_in_path(program, posix::variable("PATH"), root + "/shims")
                                : root + "/versions/" + installed + "/bin/" + program;
  return ::access(found.c_str(), X_OK) == 0 ? std::optional(found) : std::nullopt;
}

bool is_shell(const std::string& name)
{
  return name == "sh" || name == "bash" || name == "dash" || name == "ksh" || name == "zsh";
}

}  // namespace

std::string find_in_path(const std::string& name, const std::string& search,
                         const std::string& except)
{
  std::istringstream folders(search);
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::string path = folder + "/" + name;
    if ((except.empty() || folder != except) && is_file(path) &&
        ::access(path.c_str(), X_OK) == 0) {
      return path;
    }
  }
  return {};
}

std::optional<std::string> wrapped_program(const std::string& script, const std::string& cwd)
{
  const std::string text = read_text(script);
  if (!text.starts_with("#!")) {
    return std::nullopt;
  }
  std::istringstream first(text.substr(2, text.find('\n') - 2));
  std::string shell;
  first >> shell;
  if (base_name(shell) == "env") {
    first >> shell;
  }
  if (!is_shell(base_name(shell))) {
    return std::nullopt;
  }
  std::string target;
  for (const std::string& line : lines_of(text)) {
    if (std::string word = executed_word(line); !word.empty()) {
      target = std::move(word);
    }
  }
  for (const VersionManager& manager : k_managers) {
    if (base_name(target) == manager.name) {
      return managed_program(manager, text, base_name(script), cwd);
    }
  }
  const bool known = target.starts_with('/') && target.find('$') == std::string::npos;
  return known && ::access(target.c_str(), X_OK) == 0 ? std::optional(target) : std::nullopt;
}

}  // namespace mlrepro::capture
